// Refuses a login that WSS4J does not accept; every other message passes; for checks only.

import java.util.Set;
import javax.xml.namespace.QName;
import javax.xml.soap.SOAPException;
import javax.xml.ws.ProtocolException;
import javax.xml.ws.handler.MessageContext;
import javax.xml.ws.handler.soap.SOAPHandler;
import javax.xml.ws.handler.soap.SOAPMessageContext;

final class SignedLogin implements SOAPHandler<SOAPMessageContext> {
    private final Judge judge;

    SignedLogin(Judge judge) {
        this.judge = judge;
    }

    @Override
    public boolean handleMessage(SOAPMessageContext context) {
        if ((boolean) context.get(MessageContext.MESSAGE_OUTBOUND_PROPERTY)) {
            return true;
        }
        try {
            if (context.getMessage().getSOAPBody().getFirstChild().getLocalName().equals("RequestSecurityToken")) {
                demandAccepted(judge.verdict(context.getMessage().getSOAPPart()));
            }
        } catch (SOAPException error) {
            throw new ProtocolException(error);
        }
        return true;
    }

    private static void demandAccepted(String verdict) {
        if (!verdict.equals("accepted")) {
            throw new ProtocolException(verdict);
        }
    }

    @Override
    public boolean handleFault(SOAPMessageContext context) {
        return true;
    }

    @Override
    public void close(MessageContext context) {
        // nothing is held
    }

    @Override
    public Set<QName> getHeaders() {
        return Set.of();
    }
}
