"""The preview: what each channel shows of each message, to whom, in how many parts and at what price."""
