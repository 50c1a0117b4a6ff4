"""`bipro-sync insurers add`: asks what an insurer needs, adds its section, and shakes hands with its machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from .asking import answer_to
from .console import Invocation, invocation


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..insurers import Profile
    from ..setup.answers import Reader
    from ..setup.texts import Section


Given = Mapping[str, str | None]


def add_to(group: typer.Typer) -> None:
    """
    Add `add` to `insurers`.
    """
    group.command("add")(add_insurer)


def add_insurer(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="LABEL", help="The section's name: small letters, digits, hyphens.")],
    profile: Annotated[str | None, typer.Option(metavar="PROFILE", help="What is known of the insurer.")] = None,
    method: Annotated[
        str | None, typer.Option(metavar="WORD", help="password, certificate, signature, tls or tgic.")
    ] = None,
    sts_url: Annotated[
        str | None, typer.Option(metavar="URL", help="The login service, as the insurer names it.")
    ] = None,
    transfer_url: Annotated[str | None, typer.Option(metavar="URL", help="The transfer service, likewise.")] = None,
    bipro_version: Annotated[str | None, typer.Option(metavar="N.N.N.N.N", help="Where no profile knows it.")] = None,
    consumer_id: Annotated[str | None, typer.Option(metavar="TEXT", help="Where the insurer demands one.")] = None,
    account: Annotated[
        str | None, typer.Option(metavar="ACCOUNT", help="That of another section of the same user.")
    ] = None,
    environment: Annotated[str | None, typer.Option(metavar="WORD", help="production or test.")] = None,
    ca_file: Annotated[str | None, typer.Option(metavar="PATH", help="Trusted in addition to the system's.")] = None,
    proxy: Annotated[str | None, typer.Option(metavar="URL", help="The proxy that calls go through.")] = None,
    username: Annotated[str | None, typer.Option(metavar="TEXT", help="For the method password.")] = None,
    certificate: Annotated[
        str | None, typer.Option(metavar="PATH", help="The PKCS#12 file, there already or not.")
    ] = None,
    kind: Annotated[str | None, typer.Option(metavar="WORD", help="Whose it is: personal or house.")] = None,
    owner: Annotated[
        str | None, typer.Option(metavar="KEY", help="Of [users]: whose personal certificate it is.")
    ] = None,
    tgic_url: Annotated[str | None, typer.Option(metavar="URL", help="For the method tgic.")] = None,
    tgic_service: Annotated[str | None, typer.Option(metavar="TEXT", help="Likewise.")] = None,
    tgic_user: Annotated[str | None, typer.Option(metavar="TEXT", help="Likewise.")] = None,
    secret_file: Annotated[
        str | None, typer.Option(metavar="PATH", help="Where its secret lies, without systemd's credentials.")
    ] = None,
    no_test: Annotated[bool, typer.Option("--no-test", help="Shake hands with nobody.")] = False,
) -> None:
    """
    Add an insurer to the configuration.  Its machines are reached for a TLS handshake, without a login.
    """
    from ..bipro.endpoints import tried
    from ..config import find_config
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..setup.texts import section_text
    from ..setup.writing import append_insurer, demand_no_section
    from ..sync.acting import demand_right

    this = invocation(context)
    config = this.config()
    demand_right(config, SystemClock(), Verb.INSURERS_ADD, identity=this.identity)
    demand_no_section(config, name)
    path = find_config(this.config_path).absolute()
    given: Given = {
        "profile": profile,
        "method": method,
        "sts-url": sts_url,
        "transfer-url": transfer_url,
        "bipro-version": bipro_version,
        "consumer-id": consumer_id,
        "account": account,
        "proxy": proxy,
        "environment": environment,
        "ca-file": ca_file,
        "username": username,
        "certificate": certificate,
        "kind": kind,
        "owner": owner,
        "tgic-url": tgic_url,
        "tgic-service": tgic_service,
        "tgic-user": tgic_user,
        "secret-file": secret_file,
    }
    section = _section(name, given)
    append_insurer(path, name, section_text(section))
    endpoints = [] if no_test else list(tried(section.endpoints, ca_file=section.ca_file, proxy=section.proxy))
    for each in endpoints:
        if each.trouble:
            this.console.warn(f"{each.url}: {each.trouble.message}", f"hint: {each.trouble.hint}")
    steps = list(_next_steps(this, section))

    def render(out: RichConsole) -> None:
        out.print(f"Added to {path}: [insurers.{name}]", soft_wrap=True)
        for each in endpoints:
            if each.handshake:
                out.print(each.sentence, soft_wrap=True)
        for step in steps:
            out.print(f"Next: {step}", soft_wrap=True)

    shown = [each.as_json() for each in endpoints]
    this.console.acted({"insurer": name, "config": str(path), "endpoints": shown, "next": steps}, render)


def _next_steps(this: Invocation, section: Section) -> Iterator[str]:
    name = section.name
    yield f"`{this.program} credentials set {section.secret}` stores its secret"
    if section.certificate:
        yield f"`{this.program} certs import FILE --insurer {name}` puts its certificate in its place"
    yield f"`{this.program} doctor --insurer {name}` looks at all of it"
    if section.secret_file:
        yield f"`{this.program} pull --insurer {name} --dry-run` logs in and lists, and fetches nothing"
    else:
        # No pull by hand has the credential.
        yield f"`{this.program} pull --insurer {name} --via-unit` lets its unit pull, which alone has the secret"


def _section(name: str, given: Given) -> Section:
    """
    Ask what the insurer's profile and method leave open, and nothing else.
    """
    from ..insurers import WITHOUT_STS, load_profile, profile_names
    from ..setup import answers
    from ..setup.texts import Section

    def asked(question: str, key: str, read: Reader, usual: str | None = None) -> str:
        return answer_to(question, given[key], read, option=f"--{key}", usual=usual)

    def said(key: str, read: Reader) -> str:
        return asked(key, key, read) if given[key] else ""

    label = answer_to("NAME", name, answers.label, option="NAME")
    names = profile_names()
    chosen = asked(
        f"Its profile ({', '.join(names)})", "profile", answers.profile, name if name in names else "generic"
    )
    known = load_profile(chosen)
    usual = known.facts.auth_methods[0]
    method = asked(f"How it is logged in to ({', '.join(known.facts.auth_methods)})", "method", answers.method, usual)
    by_sts = method not in WITHOUT_STS
    sts_url = asked("The address of its login service (STS)", "sts-url", answers.web_address) if by_sts else ""
    transfer_url = asked("The address of its transfer service (430)", "transfer-url", answers.web_address)
    by_certificate = method in {"certificate", "signature", "tls"} or bool(given["certificate"])
    return Section(
        name=label,
        profile=chosen,
        method=method,
        sts_url=sts_url,
        transfer_url=transfer_url,
        bipro_version=_version(known, given),
        consumer_id=_consumer_id(known, given),
        account=said("account", answers.label),
        ca_file=said("ca-file", answers.path),
        proxy=said("proxy", answers.proxy_address),
        environment=said("environment", answers.environment),
        username=asked("The user name", "username", answers.text) if method == "password" else "",
        secret_file=said("secret-file", answers.path),
        **_certificate(label, given, by_certificate=by_certificate, personal=known.facts.personal_certificate),
        **_tgic(given, wanted=method == "tgic"),
    )


def _version(profile: Profile, given: Given) -> str:
    from ..setup import answers

    if profile.facts.bipro_version and not given["bipro-version"]:
        return ""
    return answer_to(
        "The release of its transfer service, such as 2.6.1.1.0",
        given["bipro-version"],
        answers.release,
        option="--bipro-version",
    )


def _consumer_id(profile: Profile, given: Given) -> str:
    from ..setup import answers

    if not profile.facts.consumer_id_required and not given["consumer-id"]:
        return ""
    return answer_to("The consumer id", given["consumer-id"], answers.text, option="--consumer-id")


def _certificate(name: str, given: Given, *, by_certificate: bool, personal: bool) -> dict[str, str]:
    from ..setup import answers

    if not by_certificate:
        return dict.fromkeys(("certificate", "kind", "owner"), "")
    usual = f"/etc/bipro-sync/{name}.p12"
    file = answer_to("The PKCS#12 file", given["certificate"], answers.path, option="--certificate", usual=usual)
    whose = "personal" if personal or given["owner"] else "house"
    kind = answer_to("Whose it is (personal, house)", given["kind"], answers.kind, option="--kind", usual=whose)
    owner = ""
    if kind == "personal":
        owner = answer_to("Its owner's key in [users]", given["owner"], answers.label, option="--owner")
    return {"certificate": file, "kind": kind, "owner": owner}


def _tgic(given: Given, *, wanted: bool) -> dict[str, str]:
    from ..setup import answers

    if not wanted:
        return dict.fromkeys(("tgic_url", "tgic_service", "tgic_user"), "")
    return {
        "tgic_url": answer_to("The address of the TGIC", given["tgic-url"], answers.web_address, option="--tgic-url"),
        "tgic_service": answer_to(
            "The insurer's service there", given["tgic-service"], answers.text, option="--tgic-service"
        ),
        "tgic_user": answer_to("Your user id there", given["tgic-user"], answers.text, option="--tgic-user"),
    }
