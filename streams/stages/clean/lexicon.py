"""Words that pages say around an article, by kind, in several languages; written by us."""

# ruff: noqa: E501, RUF001 - tables of phrases as they stand in pages

from functools import cache

import numpy as np
from numpy.typing import NDArray

from streams.stages.clean.kernels import Trie

KINDS: dict[str, str] = {
    "share": (
        "share|shares|tweet|facebook|twitter|pinterest|whatsapp|linkedin|reddit|flipboard|tumblr"
        "|instagram|youtube|snapchat|tiktok|telegram|messenger|google+|vkontakte|email this|pin it"
        "|print this|print article|copy link|share this|share on|share via|share article|link copied"
        "|follow us|like us|follow me|sharing is caring|share this story|email article|print"
        "|compartilhar|compartilhe|compartir|comparte|partager|partagez|teilen|condividi|поделиться"
        "|siga|siga-nos|síguenos|suivez-nous|folge uns|seguici|подписывайтесь|シェア|ツイート"
    ),
    "subscribe": (
        "subscribe|subscribe now|subscribe to|subscribe free|subscriber|subscribers|subscription"
        "|subscriptions|newsletter|newsletters|sign up|sign up for|signing up|your inbox|inbox"
        "|daily email|email updates|free trial|get unlimited access|unlimited access|become a member"
        "|membership|support us|donate|donation|support our journalism|breaking news alerts|alerts"
        "|daily digest|straight to your|delivered to|unsubscribe|digital edition|gift article"
        "|app store|google play|download our app|push notifications|daily briefing|best of"
        "|abonnieren|abonnement|suscríbete|suscribirse|suscripción|assine|inscreva-se|s'abonner"
        "|abonnez-vous|iscriviti|abbonati|подписаться|подписка|рассылка|meldet euch an|boletín"
        "|bulletin|購読|登録"
    ),
    "legal": (
        "cookie|cookies|cookie policy|privacy|privacy policy|privacy notice|terms of use"
        "|terms of service|terms and conditions|terms & conditions|terms|user agreement|copyright"
        "|all rights reserved|rights reserved|reserved|disclaimer|affiliate|affiliate links|gdpr"
        "|opt out|opt-out|accept all|i accept|i agree|consent|disclosure|trademark|trademarks"
        "|registered trademark|do not sell|accessibility|may not be published|rewritten"
        "|redistributed|without permission|reproduced|personal, non-commercial use|order reprints"
        "|reprints|licensing|ad choices|adchoices|impressum|datenschutz|agb|mentions légales"
        "|privacidad|privacidade|política de privacidade|política de cookies|todos os direitos"
        "|todos los derechos|tous droits réservés|alle rechte vorbehalten|tutti i diritti"
        "|все права защищены|перепечатка|プライバシーポリシー|利用規約|powered by|designed by"
    ),
    "related": (
        "related|related articles|related stories|related links|related posts|related topics"
        "|related content|related news|related coverage|read more|read also|also read|more on"
        "|more from|more stories|more news|more in|see more|see also|view more|load more|show more"
        "|learn more|find out more|click here|read next|up next|next up|most read|most popular"
        "|most viewed|most recent|most shared|trending|trending now|recommended|recommended for you"
        "|you may also like|you might also like|you might like|don't miss|must read|must-read"
        "|previous post|next post|previous article|next article|previous|next|latest news"
        "|latest stories|latest|top stories|top news|editor's picks|editors' picks|editor's choice"
        "|popular posts|recent posts|recent comments|in case you missed it|from around the web"
        "|around the web|more like this|view all|see all|full story|full coverage|continue reading"
        "|keep reading|back to|also on|elsewhere on|what to read next|featured|in pictures|promoted"
        "|leia mais|leia também|veja também|saiba mais|ver más|leer más|lee también|lire aussi"
        "|lire la suite|à lire|mehr zum thema|mehr lesen|lesen sie auch|leggi anche|leggi tutto"
        "|читайте также|читать далее|похожие|関連記事|人気記事|次の記事|前の記事"
    ),
    "comment": (
        "comment|comments|leave a comment|leave a reply|add a comment|post a comment|reply|replies"
        "|view comments|show comments|join the conversation|join the discussion|write a comment"
        "|no comments|log in to comment|comments are closed|email address will not be published"
        "|required fields|required fields are marked|notify me|cancel reply|disqus|akismet"
        "|report abuse|report this|flag|upvote|likes|like this|guest|permalink|moderated"
        "|comentários|comentarios|deixe um comentário|deja un comentario|commentaires|commenter"
        "|laisser un commentaire|kommentare|kommentar|commenti|lascia un commento|комментарии"
        "|комментарий|ответить|コメント|コメントを残す"
    ),
    "account": (
        "log in|login|log out|logout|sign in|sign out|signin|register|registered|my account|account"
        "|password|username|forgot|forgot your password|email address|e-mail address|your email"
        "|your name|first name|last name|zip code|enter your|create account|remember me|submit"
        "|thank you for|thanks for signing up|please try again|an error has occurred|invalid"
        "|entrar|cadastre-se|iniciar sesión|connexion|se connecter|anmelden|registrieren|accedi"
        "|войти|регистрация|ログイン|会員登録"
    ),
    "nav": (
        "home|homepage|menu|main menu|search|about|about us|contact|contact us|contact me|advertise"
        "|advertising|advertise with us|careers|jobs|site map|sitemap|help|help center|faq|faqs"
        "|skip to content|skip to main content|back to top|toggle navigation|navigation|archives"
        "|archive|categories|category|tags|tag|tagged|topics|rss|rss feed|shop|store|classifieds"
        "|obituaries|weather|opinion|sports|sport|business|entertainment|lifestyle|technology|tech"
        "|politics|health|science|world|world news|us news|travel|culture|podcasts|podcast|videos"
        "|photos|galleries|events|e-paper|epaper|news|sections|more|open menu|close menu|close|open"
        "|feedback|press|press releases|media kit|our team|who we are|corporate|customer service"
        "|subscriber services|newsroom|blog|blogs|forum|forums|edition|language|select|go to"
        "|início|inicio|contato|contacto|quem somos|quiénes somos|accueil|à propos|startseite"
        "|kontakt|über uns|chi siamo|contatti|главная|контакты|о нас|поиск|メニュー|ホーム|検索"
        "|お問い合わせ|会社概要|notícias|noticias|actualités|nachrichten|новости"
    ),
    "ad": (
        "advertisement|advert|advertisements|sponsored|sponsored content|sponsored by|paid content"
        "|story continues below|article continues below|continue reading below|scroll to continue"
        "|continues after|shop now|buy now|order now|add to cart|in stock|free shipping|coupon"
        "|promo code|deal|deals|discount|limited time|download|get the|quiz|publicidade|publicidad"
        "|publicité|anzeige|werbung|pubblicità|реклама|広告|スポンサー"
    ),
    "time": (
        "published|published on|updated|last updated|updated on|posted|posted on|posted by"
        "|posted in|filed under|min read|minute read|mins read|read time|reading time|minutes ago"
        "|hours ago|days ago|hour ago|minute ago|ago|edt|est|pst|pdt|gmt|utc|cet|ist|a.m.|p.m.|am|pm"
        "|date|first published|originally published|last modified|modified|tempo de leitura"
        "|publicado|publicado em|atualizado|publié le|mis à jour|veröffentlicht|aktualisiert"
        "|pubblicato|опубликовано|обновлено|公開|更新|投稿日"
    ),
    "month": (
        "january|february|march|april|june|july|august|september|october|november|december|jan|feb"
        "|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|monday|tuesday|wednesday|thursday|friday"
        "|saturday|sunday|janeiro|fevereiro|março|abril|maio|junho|julho|setembro|outubro|novembro"
        "|dezembro|enero|febrero|marzo|mayo|junio|agosto|septiembre|octubre|noviembre|diciembre"
        "|janvier|février|avril|juin|juillet|août|septembre|octobre|décembre|januar|februar|märz"
        "|juni|juli|oktober|dezember|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre"
        "|dicembre|января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября"
        "|декабря"
    ),
    "byline": (
        "by|written by|staff writer|staff reporter|staff|reporter|correspondent|editor|contributor"
        "|columnist|author|authors|editorial|news desk|wire services|wire reports|associated press"
        "|is a reporter|is a writer|is an editor|is a journalist|is a freelance|is the author"
        "|is a senior|can be reached|may be reached|reach him|reach her|reach them|write to|email him"
        "|email her|follow him|follow her|follow them|on twitter|have a tip|about the author"
        "|view all posts by|more by|contributed to this report|contributed to this story|reporting by"
        "|editing by|writing by|additional reporting|this article was originally published"
        "|this story was originally|originally appeared|por|redação|redacción|par|von|автор|di"
    ),
    "credit": (
        "photo|photos|photograph|photograph by|photo by|photo credit|photos by|image|images|image via"
        "|image credit|images by|image caption|image copyright|picture|pictured|getty|getty images"
        "|afp|reuters|ap photo|epa|shutterstock|istock|credit|credits|courtesy|courtesy of|file photo"
        "|handout|illustration|illustration by|caption|media caption|via getty|ap|alamy|screenshot"
        "|unsplash|wikimedia commons|foto|fotos|imagem|imagen|crédit|bild|фото|写真|画像"
    ),
    "media": (
        "video|watch|watch now|watch live|live|listen|play|play now|playback|gallery|slideshow"
        "|photo gallery|javascript|browser|your device|unsupported|loading|enlarge|fullscreen"
        "|full screen|expand|replay|mute|autoplay|view gallery|view photos|photos:|videos|episode"
        "|transcript|embed|click to|tap to|swipe|hide caption|toggle caption|vídeo|vídeos|видео|動画"
    ),
}


_NO_KIND = -1


@cache
def trie() -> Trie:
    """All phrases, each with its kind as an index into `KINDS`; letters of either case are one."""
    pairs = {
        phrase: kind for kind, phrases in enumerate(KINDS.values()) for phrase in phrases.split("|")
    }
    alphabet = {letter: at for at, letter in enumerate(sorted(set("".join(pairs))), 1)}
    nodes: list[dict[int, int]] = [{}]
    kinds = [_NO_KIND]
    level = {"": 0}
    for size in range(1, max(map(len, pairs)) + 1):
        begun = dict.fromkeys(phrase[:size] for phrase in pairs if len(phrase) >= size)
        for node, beginning in enumerate(begun, len(nodes)):
            nodes[level[beginning[:-1]]][alphabet[beginning[-1]]] = node
            kinds.append(pairs.get(beginning, _NO_KIND))
        level = {beginning: node for node, beginning in enumerate(begun, len(nodes))}
        nodes += [{} for _ in begun]
    child = np.zeros((len(nodes), len(alphabet) + 1), np.int16)
    for node, following in enumerate(nodes):
        for letter_id, target in following.items():
            child[node, letter_id] = target
    return Trie(_letters(alphabet), child, np.array(kinds, np.int8))


def _letters(alphabet: dict[str, int]) -> NDArray[np.uint8]:
    table = np.zeros(65536, np.uint8)
    for code in range(len(table)):
        low = chr(code).lower()
        table[code] = alphabet.get(low, alphabet.get(chr(code), 0))
    return table
