package function

import (
	"errors"
	"fmt"

	"sscard/terminal"
)

// outcomes are what a failed debit has come to.
var outcomes = map[terminal.DebitState]string{
	terminal.DebitDone:    "，但扣款已完成",
	terminal.DebitNotDone: "，未扣款",
	terminal.DebitUnknown: "，扣款结果未知，请放回原卡并以相同参数重新调用，不会重复扣款",
}

// outcome says what a function that failed in the middle has left on the card.
func outcome(err error) string {
	var debit *terminal.DebitError
	var write *terminal.WriteError
	switch {
	case errors.As(err, &debit):
		return outcomes[debit.State]
	case errors.As(err, &write) && write.Begun:
		return fmt.Sprintf("，已写入%d项，下一项不确定", write.Rows)
	case errors.As(err, &write):
		return fmt.Sprintf("，已写入%d项", write.Rows)
	}
	return ""
}
