package apitype

// Reloaded is the answer of POST /v1/reload: the keys of the configuration that have changed, by whether they are in
// force now or from the next start.
type Reloaded struct {
	Changed []string `json:"changed"`
	Restart []string `json:"restart"`
}
