// Lets WSS4J judge signed logins, as an insurer's service would that uses it; for checks only.
//
// usage: Judge AUTHORITY.pem MESSAGE.xml
//
// Writes "accepted", or "refused: " and WSS4J's reason.  Accepted is a message whose certificate the authority issued,
// whose timestamp holds now, and whose signature covers the SOAP body and that timestamp.

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.ws.security.WSConstants;
import org.apache.ws.security.WSDataRef;
import org.apache.ws.security.WSSecurityEngine;
import org.apache.ws.security.WSSecurityEngineResult;
import org.apache.ws.security.WSSecurityException;
import org.apache.ws.security.components.crypto.Merlin;
import org.apache.ws.security.util.WSSecurityUtil;
import org.w3c.dom.Document;
import org.xml.sax.SAXException;

public final class Judge {
    private static final Set<String> DEMANDED = Set.of("Body", "Timestamp");

    private final Merlin trusted;

    Judge(Path authority) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream stream = Files.newInputStream(authority)) {
            store.setCertificateEntry("authority", CertificateFactory.getInstance("X.509").generateCertificate(stream));
        }
        trusted = new Merlin();
        trusted.setTrustStore(store);
    }

    public static void main(String[] arguments)
            throws GeneralSecurityException, IOException, ParserConfigurationException, SAXException {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        Document message = factory.newDocumentBuilder().parse(new File(arguments[1]));
        System.out.println(new Judge(Path.of(arguments[0])).verdict(message));
    }

    String verdict(Document message) {
        try {
            List<WSSecurityEngineResult> results =
                new WSSecurityEngine().processSecurityHeader(message, null, null, trusted);
            return results != null && signed(results).containsAll(DEMANDED) ? "accepted" : "refused: not all is signed";
        } catch (WSSecurityException error) {
            return "refused: " + error.getMessage();
        }
    }

    private static Set<String> signed(List<WSSecurityEngineResult> results) {
        List<WSSecurityEngineResult> signatures = new ArrayList<>();
        WSSecurityUtil.fetchAllActionResults(results, WSConstants.SIGN, signatures);
        Set<String> names = new HashSet<>();
        for (WSSecurityEngineResult signature : signatures) {
            for (Object reference : (List<?>) signature.get(WSSecurityEngineResult.TAG_DATA_REF_URIS)) {
                names.add(((WSDataRef) reference).getName().getLocalPart());
            }
        }
        return names;
    }
}
