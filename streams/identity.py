"""What makes an article itself: its canonical URL and its id, functions of the record alone."""

import re
from hashlib import blake2b
from urllib.parse import SplitResult, parse_qsl, quote, unquote_to_bytes, urlencode, urlsplit

_TRACKING = re.compile(
    r"(?:utm_|pk_|mtm_|piwik_|hsa_|at_)\w*|(?:fb|g|d|ms|y|tw|wbra|gbra|li_fat_|ttc|igsh)cl?id|igshid|"
    r"mc_[ce]id|_ga|_gl|_hs(?:enc|mi)|xtor|cmpid|cmp|ocid|ncid|sr_share|smid|smtyp|"
    r"ref_?src|ref_url|__twitter_impression|spm|share_?token|wt_?mc",
    re.IGNORECASE,
)
_PORTS = {"http": 80, "https": 443}
_PATH_SAFE = "/-._~!$&'()*+,;=:@"
_PLAIN_PATH = re.compile(r"[\w/.~!$&'()*+,;=:@-]*", re.ASCII)
ID_BYTES = 16


def canonical_url(url: str) -> str | None:
    """The form that all spellings of one article's address share, or None if it names none.

    Lower-case scheme and host (IDNA), no default port, no user, no fragment, no tracking
    parameters, parameters sorted, percent-encoding in the one form of RFC 3986. None for
    anything but http(s) with a host, and for a bare home page, which many articles share.
    """
    try:
        parts = urlsplit(url.strip())
        host = _host(parts)
        path = _path(parts.path)
        query = _query(parts.query)
    except (ValueError, UnicodeError):
        return None
    if parts.scheme not in _PORTS or not host:
        return None
    if not query and path.strip("/") == "":
        return None
    return f"{parts.scheme}://{host}{path or '/'}{'?' + query if query else ''}"


def _host(parts: SplitResult) -> str:
    name = (parts.hostname or "").rstrip(".")
    if not name.isascii():
        name = name.encode("idna").decode("ascii")
    if ":" in name:
        name = f"[{name}]"
    port = parts.port
    return name if port in (None, _PORTS.get(parts.scheme)) else f"{name}:{port}"


def _path(path: str) -> str:
    if _PLAIN_PATH.fullmatch(path):
        return path
    return quote(unquote_to_bytes(_keep_slashes(path)), safe=_PATH_SAFE + "%")


def _keep_slashes(path: str) -> str:
    """`path` where %2F and %25 stay escaped when the rest is decoded."""
    return re.sub(r"%(2f|25)", lambda m: "%25" + m[1].upper(), path, flags=re.IGNORECASE)


def _query(query: str) -> str:
    if not query:
        return ""
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    kept = sorted(pair for pair in pairs if not _TRACKING.fullmatch(pair[0]))
    return urlencode(kept, errors="surrogateescape")


def article_id(source: str | None, url: str | None, raw_text: str) -> str:
    """32 hex digits of blake2b over source and canonical URL, else over source and raw text.

    The text is taken as it arrived, so that a better cleaner does not rename the articles.
    """
    address = canonical_url(url) if url else None
    kind, what = ("u", address) if address else ("t", raw_text)
    key = f"{kind}\0{source or ''}\0{what}".encode("utf-8", "surrogatepass")
    return blake2b(key, digest_size=ID_BYTES).hexdigest()
