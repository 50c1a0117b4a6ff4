"""How a message lies in an HTTP body: MIME parts, transfer encodings, compression; byte for byte, in bounded memory."""
