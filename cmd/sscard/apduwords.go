package main

import (
	"fmt"

	"sscard/apdu"
	"sscard/terminal/apitype"
)

// meaningOf is a status word in words.
func meaningOf(sw apdu.StatusWord) apitype.Text {
	meaning := apitype.Text{ZH: statusChinese[sw.Meaning()], EN: sw.Meaning()}
	if tries, counted := sw.TriesLeft(); counted {
		meaning.ZH += fmt.Sprintf("，剩余 %d 次", tries)
		meaning.EN += fmt.Sprintf(", tries left: %d", tries)
	}
	return meaning
}

// statusChinese is Chinese for the meanings of apdu.
var statusChinese = map[string]string{
	"done":                                         "成功",
	"more bytes ready for GET RESPONSE":            "还有数据，用 GET RESPONSE 取",
	"repeat with the length given":                 "请用所给长度重发",
	"part of the data may be corrupted":            "部分数据可能已损坏",
	"end of file before Le bytes":                  "文件不足 Le 字节",
	"selected file invalidated":                    "所选文件已失效",
	"MAC2 check failed (PSAM)":                     "MAC2 校验失败（PSAM）",
	"verification failed":                          "验证失败",
	"authentication failed":                        "认证失败",
	"memory failure":                               "存储器故障",
	"wrong Lc or Le":                               "Lc 或 Le 错误",
	"command not accepted in this state":           "当前状态不接受该命令",
	"command incompatible with the file structure": "命令与文件结构不符",
	"security status not satisfied":                "不满足安全状态（需先认证或验证 PIN）",
	"PIN or key blocked":                           "PIN 或密钥已锁定",
	"reference data invalid (no challenge)":        "引用数据无效（未取随机数）",
	"conditions of use not satisfied":              "使用条件不满足",
	"no current EF":                                "没有当前文件",
	"secure messaging object missing":              "缺少安全报文数据",
	"secure messaging MAC wrong":                   "安全报文 MAC 错误",
	"data field wrong":                             "数据域错误",
	"function not supported, or card blocked":      "不支持该功能，或卡已锁定",
	"file not found":                               "文件不存在",
	"record not found":                             "记录不存在",
	"no space in the file":                         "文件空间不足",
	"Lc inconsistent with the TLV structure":       "Lc 与 TLV 结构不符",
	"wrong P1-P2":                                  "P1-P2 错误",
	"key or reference data not found":              "密钥或引用数据不存在",
	"offset beyond the end of the file":            "偏移超出文件",
	"instruction not supported":                    "不支持该命令（INS）",
	"class not supported":                          "不支持该类别（CLA）",
	"data invalid":                                 "数据无效",
	"MAC wrong":                                    "MAC 错误",
	"application blocked for ever":                 "应用已永久锁定",
	"amount insufficient":                          "金额不足",
	"transaction counter at its end":               "交易计数已达上限",
	"key index not supported":                      "不支持该密钥索引",
	"MAC or TAC not available":                     "MAC 或 TAC 不可用",
	"unknown status word":                          "未知状态字",
}
