"""The door for the phone: a call that an agent logged, with one question or several."""
