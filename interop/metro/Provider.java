// A provider on JAX-WS (Metro): offers a directory as a mailbox, by the classes that wsimport writes; for checks only.
//
// usage: Provider FRAMING MAILBOX USER PASSWORD [AUTHORITY.pem]
//
// FRAMING is inline; any other word means MTOM.  MAILBOX holds one directory a shipment, with its files.  The first
// line on standard output is the port, every other one a call.  Each request is validated against our schemas.  With
// an empty USER everybody is let in, without any login too: Apache stands before it and asks for a certificate, or
// AUTHORITY is given, and a login must be signed.

import com.sun.net.httpserver.HttpServer;
import com.sun.xml.ws.developer.SchemaValidation;
import interop.bipro.Antwort;
import interop.bipro.BiproException;
import interop.bipro.BiproExceptionType;
import interop.bipro.CTGeVoTransfer;
import interop.bipro.Datei;
import interop.bipro.Daten;
import interop.bipro.InsurerPort;
import interop.bipro.Lieferung;
import interop.bipro.LieferungAnfrage;
import interop.bipro.LifetimeType;
import interop.bipro.ListAnfrage;
import interop.bipro.Meldung;
import interop.bipro.Meldungsart;
import interop.bipro.RequestSecurityTokenResponseType;
import interop.bipro.RequestSecurityTokenType;
import interop.bipro.RequestedSecurityTokenType;
import interop.bipro.SecurityContextTokenType;
import interop.bipro.SecurityType;
import interop.bipro.Status;
import interop.bipro.StatusID;
import interop.bipro.UsernameTokenType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.jws.WebService;
import javax.xml.ws.Endpoint;
import javax.xml.ws.soap.MTOMFeature;

@WebService(
    endpointInterface = "interop.bipro.InsurerPort",
    targetNamespace = "http://www.bipro.net/namespace",
    serviceName = "Insurer",
    portName = "Insurer",
    wsdlLocation = "insurer.wsdl")
@SchemaValidation
public final class Provider implements InsurerPort {
    private static final String VERSION = "2.6.1.1.0";
    private static final String TOKEN = "bipro:interop-0001";

    private final Map<String, Path> mailbox;
    private final String user;
    private final String password;

    private Provider(Map<String, Path> mailbox, String user, String password) {
        this.mailbox = mailbox;
        this.user = user;
        this.password = password;
    }

    public static void main(String[] arguments) throws GeneralSecurityException, IOException {
        Map<String, Path> mailbox = new TreeMap<>();
        for (Path directory : entries(Path.of(arguments[1]))) {
            mailbox.put(directory.getFileName().toString(), directory);
        }
        Provider provider = new Provider(mailbox, arguments[2], arguments[3]);
        Endpoint endpoint = Endpoint.create(provider, new MTOMFeature(!arguments[0].equals("inline")));
        if (arguments.length > 4) {
            Judge judge = new Judge(Path.of(arguments[4]));
            endpoint.getBinding().setHandlerChain(List.of(new SignedLogin(judge)));
        }
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        endpoint.publish(server.createContext("/bipro"));
        server.start();
        System.out.println(server.getAddress().getPort());
    }

    @Override
    public RequestSecurityTokenResponseType issue(RequestSecurityTokenType request, SecurityType security)
            throws BiproException {
        System.out.println("Issue");
        if (!user.isEmpty() && !holdsPassword(security)) {
            throw fault("00961");
        }
        SecurityContextTokenType context = new SecurityContextTokenType();
        context.setIdentifier(TOKEN);
        RequestedSecurityTokenType requested = new RequestedSecurityTokenType();
        requested.setSecurityContextToken(context);
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        LifetimeType lifetime = new LifetimeType();
        lifetime.setCreated(now.toString());
        lifetime.setExpires(now.plusSeconds(600).toString());
        RequestSecurityTokenResponseType response = new RequestSecurityTokenResponseType();
        response.setTokenType("http://schemas.xmlsoap.org/ws/2005/02/sc/sct");
        response.setRequestedSecurityToken(requested);
        response.setLifetime(lifetime);
        return response;
    }

    @Override
    public synchronized Antwort listShipments(ListAnfrage request, SecurityType security) throws BiproException {
        System.out.println("listShipments");
        demandToken(security);
        Antwort answer = answer(mailbox.isEmpty() ? "04001" : "04000");
        mailbox.forEach((id, directory) -> answer.getLieferung().add(shipment(id, directory, false)));
        return answer;
    }

    @Override
    public synchronized Antwort getShipment(LieferungAnfrage request, SecurityType security) throws BiproException {
        System.out.println("getShipment " + request.getID());
        demandToken(security);
        Path directory = mailbox.get(request.getID());
        if (directory == null) {
            return answer("04003");
        }
        Antwort answer = answer("04000");
        answer.getLieferung().add(shipment(request.getID(), directory, true));
        return answer;
    }

    @Override
    public synchronized Antwort acknowledgeShipment(LieferungAnfrage request, SecurityType security)
            throws BiproException {
        System.out.println("acknowledgeShipment " + request.getID());
        demandToken(security);
        return answer(mailbox.remove(request.getID()) == null ? "04003" : "04000");
    }

    private boolean holdsPassword(SecurityType security) {
        UsernameTokenType login = security.getUsernameToken();
        return user.equals(login.getUsername()) && password.equals(login.getPassword().getValue());
    }

    private void demandToken(SecurityType security) throws BiproException {
        boolean byTlsAlone = user.isEmpty() && security == null;
        if (!byTlsAlone && !TOKEN.equals(security.getSecurityContextToken().getIdentifier())) {
            throw fault("00962");
        }
    }

    private static BiproException fault(String code) {
        BiproExceptionType detail = new BiproExceptionType();
        detail.setBiPROVersion(VERSION);
        detail.setStatus(status(code));
        return new BiproException("erfunden", detail);
    }

    private static Antwort answer(String code) {
        Antwort answer = new Antwort();
        answer.setBiPROVersion(VERSION);
        answer.setStatus(status(code));
        return answer;
    }

    private static Status status(String code) {
        boolean ok = List.of("04000", "04001").contains(code);
        Meldung message = new Meldung();
        message.setArtID(ok ? Meldungsart.HINWEIS : Meldungsart.FEHLER);
        message.setMeldungID(code);
        message.setText("erfunden");
        Status status = new Status();
        status.setProzessID("p-1");
        status.setZeitstempel("2026-03-02T09:00:05");
        status.setStatusID(ok ? StatusID.OK : StatusID.NOK);
        status.getMeldung().add(message);
        return status;
    }

    private static Lieferung shipment(String id, Path directory, boolean whole) {
        List<Path> files = entries(directory);
        Lieferung shipment = new Lieferung();
        shipment.setID(id);
        shipment.setEinstellzeitpunkt("2026-03-01T18:30:00");
        shipment.setKategorie("100007000");
        shipment.setEnthaeltNurDaten(files.isEmpty());
        shipment.setAnzahlTransfers(1);
        if (whole) {
            CTGeVoTransfer transfer = new CTGeVoTransfer();
            transfer.setVorgangsnummer("V-88-001");
            transfer.setArtID(shipment.getKategorie());
            files.forEach(file -> transfer.getDatei().add(file(file)));
            transfer.setVersicherungsscheinnummer("VS-0815");
            shipment.getTransfer().add(transfer);
        }
        return shipment;
    }

    private static Datei file(Path path) {
        Daten data = new Daten();
        data.setContentType("application/pdf");
        try {
            data.setValue(Files.readAllBytes(path));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        Datei file = new Datei();
        file.setDateiname(path.getFileName().toString());
        file.setDateityp("Dokument");
        file.setDaten(data);
        file.setKomprimierungstyp("KEINE");
        file.getDokumentartID().add("Police");
        return file;
    }

    private static List<Path> entries(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().collect(Collectors.toList());
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
