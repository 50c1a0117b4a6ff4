"""The XML namespaces of the wire, by their URIs; a prefix is never looked at.

Sources: SOAP 1.1 and 1.2, WS-Security 1.0 with its token profiles, XML signatures, WS-Trust and WS-SecureConversation
of February 2005, WS-Trust 1.3 and 1.4, SAML 2.0, WS-Addressing, XOP 1.0, XML media types, and the public address scheme
of the BiPRO norms 410 and 430.
"""

from __future__ import annotations


SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
NEXT_ACTOR = "http://schemas.xmlsoap.org/soap/actor/next"
"""No namespace: the actor that is whoever comes next."""
SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
PASSWORD_TEXT = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"  # noqa: S105 - the URI that names the type
X509 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
TRUST = "http://schemas.xmlsoap.org/ws/2005/02/trust"
TRUST_13 = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
TRUST_14 = "http://docs.oasis-open.org/ws-sx/ws-trust/200802"
POLICY = "http://www.w3.org/ns/ws-policy"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAML_TOKEN = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0"  # noqa: S105 - the URI that names the type
ADDRESSING = "http://www.w3.org/2005/08/addressing"
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
