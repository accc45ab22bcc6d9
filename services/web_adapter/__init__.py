"""The door for the website: a form submission, anonymous, by e-mail or phone number given, or signed in."""
