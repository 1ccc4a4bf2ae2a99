"""From a message and a language to what each channel shows. Import the submodules you need: Liquid is heavy."""
