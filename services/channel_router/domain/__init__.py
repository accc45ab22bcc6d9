"""Pure decisions about how to reach a citizen: no input or output, no clock, no logger."""
