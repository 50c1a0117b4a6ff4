// A provider on gSOAP: offers a directory as a mailbox, by the code that gSOAP generates from the WSDL; for checks only.
//
// usage: provider FRAMING MAILBOX USER PASSWORD
//
// FRAMING is inline, plain (MTOM with a Content-Length), chunked (MTOM) or gzip (MTOM).  MAILBOX holds one directory
// a shipment, with its files.  The first line on standard output is the port, every other one a call.

#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "InsurerBinding.nsmap"
#include "soapInsurerBindingService.h"

namespace fs = std::filesystem;

namespace {

const std::string version = "2.6.1.1.0";
const std::string token = "bipro:interop-0001";
const std::map<std::string, soap_mode> framings = {
    {"inline", SOAP_IO_STORE},
    {"plain", SOAP_IO_STORE | SOAP_ENC_MTOM},
    {"chunked", SOAP_IO_CHUNK | SOAP_ENC_MTOM},
    {"gzip", SOAP_IO_CHUNK | SOAP_ENC_MTOM | SOAP_ENC_ZLIB},
};

std::mutex one_call;
std::string user, password;
std::map<std::string, fs::path> mailbox;

void note(const std::string &call) { std::cout << call << std::endl; }

std::string utc(int seconds_from_now) {
    const std::time_t time = std::time(nullptr) + seconds_from_now;
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&time));
    return text;
}

std::string *text(struct soap *soap, const std::string &value) {
    std::string *made = soap_new_std__string(soap);
    *made = value;
    return made;
}

nac__Status *status(struct soap *soap, const std::string &code) {
    const bool ok = code == "04000" || code == "04001";
    const auto kind = ok ? nac__Meldungsart__Hinweis : nac__Meldungsart__Fehler;
    auto *message = soap_new_set_nac__Meldung(soap, kind, code, text(soap, "erfunden"));
    const auto id = ok ? nac__StatusID__OK : nac__StatusID__NOK;
    return soap_new_set_nac__Status(soap, "p-1", "2026-03-02T09:00:05", id, false, {message});
}

int fault(struct soap *soap, const std::string &code) {
    soap_sender_fault(soap, "erfunden", nullptr);
    auto *detail = static_cast<SOAP_ENV__Detail *>(soap_malloc(soap, sizeof(SOAP_ENV__Detail)));
    soap_default_SOAP_ENV__Detail(soap, detail);
    detail->nac__BiproException = soap_new_set_nac__BiproExceptionType(soap, version, status(soap, code));
    soap->fault->detail = detail;
    return SOAP_FAULT;
}

const wsse__SecurityType *security(struct soap *soap) { return soap->header ? soap->header->wsse__Security : nullptr; }

bool holds_token(struct soap *soap) {
    const auto *header = security(soap);
    return header && header->wsc__SecurityContextToken && header->wsc__SecurityContextToken->Identifier == token;
}

bool holds_password(struct soap *soap) {
    const auto *header = security(soap);
    const auto *login = header ? header->UsernameToken : nullptr;
    return login && login->Username == user && login->Password->__item == password;
}

allg__Datei *file(struct soap *soap, const fs::path &path) {
    std::ifstream stream(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    auto *data = soap_new_allg__Daten(soap);
    data->__item.__size = static_cast<int>(bytes.size());
    data->__item.__ptr = static_cast<unsigned char *>(soap_malloc(soap, bytes.size() + 1));
    std::copy(bytes.begin(), bytes.end(), data->__item.__ptr);
    data->xmime__contentType = text(soap, "application/pdf");
    if (soap->omode & SOAP_ENC_MTOM) data->__item.type = soap_strdup(soap, "application/pdf");
    return soap_new_set_allg__Datei(
        soap, text(soap, path.filename()), text(soap, "Dokument"), data, "KEINE", {"Police"}, nullptr);
}

tran__Lieferung *shipment(struct soap *soap, const std::string &id, const fs::path &directory, bool whole) {
    const std::set<fs::path> paths{fs::directory_iterator(directory), {}};
    auto *made = soap_new_req_tran__Lieferung(soap, id);
    made->Einstellzeitpunkt = text(soap, "2026-03-01T18:30:00");
    made->Kategorie = text(soap, "100007000");
    made->EnthaeltNurDaten = soap_new_bool(soap);
    *made->EnthaeltNurDaten = paths.empty();
    made->AnzahlTransfers = soap_new_int(soap);
    *made->AnzahlTransfers = 1;
    if (!whole) return made;
    auto *transfer = soap_new_tgevo__CT_USCOREGeVoTransfer(soap);
    transfer->Vorgangsnummer = text(soap, "V-88-001");
    transfer->ArtID = made->Kategorie;
    for (const auto &path : paths) transfer->Datei.push_back(file(soap, path));
    transfer->Versicherungsscheinnummer = text(soap, "VS-0815");
    made->Transfer.push_back(transfer);
    return made;
}

tran__Antwort *answer(struct soap *soap, const std::string &code, const std::vector<tran__Lieferung *> &shipments) {
    soap->header = nullptr;  // else the request's goes back with the answer
    if (soap->omode & SOAP_ENC_ZLIB) soap->zlib_out = SOAP_ZLIB_GZIP;  // whether the caller asked for it or not
    return soap_new_set_tran__Antwort(soap, version, nullptr, status(soap, code), shipments);
}

}  // namespace

int InsurerBindingService::Issue(wst__RequestSecurityTokenType *, wst__RequestSecurityTokenResponseType &response) {
    const std::lock_guard<std::mutex> guard(one_call);
    note("Issue");
    if (!holds_password(soap)) return fault(soap, "00961");
    auto *context = soap_new_req_wsc__SecurityContextTokenType(soap, token);
    response.TokenType = "http://schemas.xmlsoap.org/ws/2005/02/sc/sct";
    response.RequestedSecurityToken = soap_new_req_wst__RequestedSecurityTokenType(soap, context);
    response.Lifetime = soap_new_wst__LifetimeType(soap);
    response.Lifetime->wsu__Created = soap_strdup(soap, utc(0).c_str());
    response.Lifetime->wsu__Expires = soap_strdup(soap, utc(600).c_str());
    return SOAP_OK;
}

int InsurerBindingService::listShipments(tran__ListAufruf *, tran__Ergebnis &result) {
    const std::lock_guard<std::mutex> guard(one_call);
    note("listShipments");
    if (!holds_token(soap)) return fault(soap, "00962");
    std::vector<tran__Lieferung *> shipments;
    for (const auto &[id, directory] : mailbox) shipments.push_back(shipment(soap, id, directory, false));
    result.Response = answer(soap, shipments.empty() ? "04001" : "04000", shipments);
    return SOAP_OK;
}

int InsurerBindingService::getShipment(tran__LieferungAufruf *call, tran__Ergebnis &result) {
    const std::lock_guard<std::mutex> guard(one_call);
    note("getShipment " + call->Request->ID);
    if (!holds_token(soap)) return fault(soap, "00962");
    const auto found = mailbox.find(call->Request->ID);
    result.Response = found == mailbox.end()
        ? answer(soap, "04003", {})
        : answer(soap, "04000", {shipment(soap, found->first, found->second, true)});
    return SOAP_OK;
}

int InsurerBindingService::acknowledgeShipment(tran__LieferungAufruf *call, tran__Ergebnis &result) {
    const std::lock_guard<std::mutex> guard(one_call);
    note("acknowledgeShipment " + call->Request->ID);
    if (!holds_token(soap)) return fault(soap, "00962");
    result.Response = answer(soap, mailbox.erase(call->Request->ID) ? "04000" : "04003", {});
    return SOAP_OK;
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    std::signal(SIGPIPE, SIG_IGN);  // a caller may leave in the middle of an answer
    for (const auto &entry : fs::directory_iterator(argv[2])) mailbox[entry.path().filename()] = entry.path();
    user = argv[3];
    password = argv[4];
    const soap_mode both = SOAP_IO_KEEPALIVE | SOAP_C_UTFSTRING | SOAP_XML_STRICT;
    InsurerBindingService service(both, both | framings.at(argv[1]));
    if (!soap_valid_socket(service.bind("127.0.0.1", 0, 16))) {
        service.soap_stream_fault(std::cerr);
        return 1;
    }
    sockaddr_in address{};
    socklen_t length = sizeof address;
    getsockname(service.soap->master, reinterpret_cast<sockaddr *>(&address), &length);
    std::cout << ntohs(address.sin_port) << std::endl;
    while (soap_valid_socket(service.accept()))
        std::thread([connection = service.copy()] {
            connection->serve();
            connection->destroy();
            delete connection;
        }).detach();
}
