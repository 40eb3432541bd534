//go:build cgo

package main

import (
	"errors"

	"sscard/cmd/internal/wiring"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
	"sscard/terminal/function"
)

// What goes wrong before a function is called or after it has answered.
var (
	errParameter = errors.New("a parameter is NULL, or has no end")
	errData      = errors.New("a parameter is not GBK")
	errBroken    = errors.New("the daemon did not answer")
)

const numberParameter = -14

// problem is what the daemon answers in place of a result.
type problem struct{ code apitype.Code }

func (p *problem) Error() string { return string(p.code) }

var (
	internal = ofCode(apitype.Internal)
	tooLong  = function.Result{Return: internal.Return, OutInfo: "输出超过缓冲区长度"}
)

func ofCode(code apitype.Code) function.Result {
	entry := code.Entry()
	return function.Result{Return: entry.Function, OutInfo: entry.Title.ZH}
}

// failures number what functions do not, by annex A.1; the first that matches counts.
var failures = [...]struct {
	cause  error
	result function.Result
}{
	{errParameter, function.Result{Return: numberParameter, OutInfo: "命令参数错"}},
	{function.ErrParams, function.Result{Return: numberParameter, OutInfo: "命令参数错"}},
	{function.ErrUnknown, function.Result{Return: -13, OutInfo: "不支持该命令"}},
	{errData, function.Result{Return: -23, OutInfo: "传入数据不合法"}},
	{errBroken, function.Result{Return: -11, OutInfo: "与 sscard 服务的连接中断"}},
	{wiring.ErrToken, function.Result{Return: numberParameter, OutInfo: "读不到 sscard 服务的令牌：请设置环境变量 " + envToken}},
	{config.ErrInvalid, function.Result{Return: -5, OutInfo: "配置有误：请检查环境变量 " + envConfig + "、" + envURL}},
}

func failure(err error) function.Result {
	for _, f := range failures {
		if errors.Is(err, f.cause) {
			return f.result
		}
	}
	var p *problem
	if errors.As(err, &p) {
		return ofCode(p.code)
	}
	return internal
}
