package apitype

// FunctionResult is the answer of POST /v1/functions/{name}: 0 and the function's output, or its error number and what
// that means.
type FunctionResult struct {
	Return  int    `json:"return"`
	OutInfo string `json:"pOutInfo"`
}
