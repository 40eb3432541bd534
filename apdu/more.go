package apdu

// RecordNextByID is the mode in which P1 is a record identifier and the next occurrence is meant (LD/T 32).
const RecordNextByID RecordMode = 2
