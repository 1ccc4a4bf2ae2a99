"""From a message and a language to what each channel shows. Import what you need: Liquid is heavy."""
