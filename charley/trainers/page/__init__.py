"""The trainers' page: one local web page, made with Dash, that shows what the other modules here give."""
