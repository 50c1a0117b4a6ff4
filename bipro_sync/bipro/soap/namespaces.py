"""The XML namespaces of the wire, by their URIs; a prefix is never looked at.

Sources: SOAP 1.1 and 1.2, WS-Security 1.0, WS-Trust and WS-SecureConversation of February 2005, XOP 1.0,
XML media types, and the public address scheme of the BiPRO norms 410 and 430.
"""

from __future__ import annotations


SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
PASSWORD_TEXT = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"  # noqa: S105 - the URI that names the type
TRUST = "http://schemas.xmlsoap.org/ws/2005/02/trust"
SECURE_CONVERSATION = "http://schemas.xmlsoap.org/ws/2005/02/sc"
ADDRESSING_SLASH = "http://schemas.xmlsoap.org/ws/2004/08/addressing/"
"""With the trailing slash that VEMA's service demands."""
BIPRO = "http://www.bipro.net/namespace"
"""The root of all BiPRO namespaces, and Release 1's only one."""
TRANSFER = f"{BIPRO}/transfer"
MESSAGES = f"{BIPRO}/nachrichten"
GENERAL = f"{BIPRO}/allgemein"
XOP = "http://www.w3.org/2004/08/xop/include"
XML_MIME = "http://www.w3.org/2005/05/xmlmime"
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
