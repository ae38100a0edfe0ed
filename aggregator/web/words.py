"""The words of the pages, in Indonesian and English. Both tables are complete: the type says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from aggregator.model.item import Flag, JoinedBy, Origin, Precision, ZoneOrigin
from aggregator.model.story import DecisionKind, Ground

if TYPE_CHECKING:
    from collections.abc import Mapping

Plural: TypeAlias = tuple[str, str]  #: for one, for any other number


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Everything that a page says by itself. Names in braces are put in where it is said."""

    months: tuple[str, ...]
    months_short: tuple[str, ...]
    weekdays: tuple[str, ...]  #: Monday first
    date: str
    full_date: str
    day: str
    clock: str
    now: str
    soon: str
    ago: str
    ahead: str
    minutes: Plural
    hours: Plural
    days: Plural

    skip: str
    front_page: str
    sections: str
    latest: str
    nothing_yet: str
    nothing_here: str
    all_of: str
    subscribe: str
    subscribe_how: str
    opml: str
    sources: str
    status: str
    promise: str

    updated: str
    by: str
    read_at: str
    other_copies: str
    withdrawn: str
    related: str
    alike: str
    files: str
    topics: str
    why: str
    why_claim: str
    why_future: str
    why_none: str
    considered: str
    chosen: str
    no_date: str
    between: str
    first_seen: str
    mended: str
    narrowed: str
    upgraded: str
    later: str
    origins: Mapping[Origin, str]
    zones: Mapping[ZoneOrigin, str]
    precisions: Mapping[Precision, str]
    flags: Mapping[Flag, str]
    history: str
    joined: Mapping[JoinedBy, str]
    decided: Mapping[DecisionKind, str]
    grounds: Mapping[str, str]  #: by ``Ground``

    source: str
    last_collect: str
    next_collect: str
    outcome: str
    results: Mapping[str, str]
    items: str
    last_news: str
    failures: str
    healthy: str
    failing: str
    due: str
    never: str
    zone_ahead: str
    zone_behind: str
    zone_mended: str
    zone_write: str
    zone_marked: str
    zone_missing: str
    zone_fixed: str
    held: str
    held_back: str
    moved_to: str
    stopped: str

    no_page: str
    no_page_how: str
    gone: str
    gone_how: str
    not_allowed: str
    broken: str
    broken_how: str
    unavailable: str
    unavailable_how: str
    no_feed: str
    not_yet: str


ENGLISH = Words(
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    months_short=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    date="{weekday}, {day} {month} {year}",
    full_date="{weekday}, {day} {month} {year}, {hour:02}:{minute:02} {zone}",
    day="{day} {month} {year}",
    clock="{hour:02}:{minute:02}",
    now="just now",
    soon="in a moment",
    ago="{n} {unit} ago",
    ahead="in {n} {unit}",
    minutes=("minute", "minutes"),
    hours=("hour", "hours"),
    days=("day", "days"),
    skip="Skip to content",
    front_page="Front page",
    sections="Sections",
    latest="Latest",
    nothing_yet="No stories yet. The first ones appear as soon as the sources have been collected.",
    nothing_here="No stories here yet.",
    all_of="All of {title}",
    subscribe="Subscribe",
    subscribe_how="Copy an address into your feed reader. All readers know RSS and Atom; programs like JSON.",
    opml="All feeds at once (OPML)",
    sources="Sources",
    status="Status",
    promise="Every story once, under its true date, with a link to where it came from.",
    updated="Updated {date}",
    by="By {names}",
    read_at="Read it at {source}",
    other_copies="Also at",
    withdrawn="taken back by its source on {date}",
    related="Related",
    alike="{share} of the text alike",
    files="Files",
    topics="Topics",
    why="Why this date?",
    why_claim="{source} wrote “{text}”: {origin}{zone}{precision}.",
    why_future="{source} wrote “{text}”: {origin}{zone}. That was still to come when the story was first "
    "seen here, so it is dated by that.",
    why_none="{source} gave no date that could be used, so this is when the story was first seen here.",
    considered="Dates that were considered",
    chosen="taken",
    no_date="no date",
    between="between {earliest} and {latest}",
    first_seen="First seen here: {date}.",
    mended="The source marks its times {hours} too late; that was put right.",
    narrowed="By all that is known, it was published {between}.",
    upgraded="Until {date} it was published as of {before}; then the better date turned up.",
    later="On {date} the source also wrote “{text}”, which changed nothing.",
    origins={
        Origin.WORDPRESS: "the publication date in its site's own records",
        Origin.PUBLISHED: "the publication date in its feed",
        Origin.CREATED: "the date of creation in its feed",
        Origin.JSON_LD: "the publication date that the article's page states for search engines",
        Origin.META: "the publication date in the article page's head",
        Origin.TIME: "the date that the article's page shows",
        Origin.SITEMAP: "the publication date in its news sitemap",
        Origin.UPDATED: "the date of the last change in its feed",
        Origin.TEXT: "the date that its page shows",
        Origin.URL: "the day in the article's address",
        Origin.GUESS: "a date found in the article's text",
        Origin.MODIFIED: "the date of the last change on the article's page",
    },
    zones={
        ZoneOrigin.OFFSET: ", with its time zone beside it",
        ZoneOrigin.ABBREVIATION: ", with its time zone beside it",
        ZoneOrigin.SOURCE: ", read in the source's own time zone because none is named",
        ZoneOrigin.LEARNED: ", read in the time zone that is really meant, whatever is named",
        ZoneOrigin.NONE: "",
    },
    precisions={
        Precision.SECOND: "",
        Precision.MINUTE: "",
        Precision.HOUR: " (exact to the hour)",
        Precision.DAY: " (exact to the day)",
        Precision.NONE: "",
    },
    flags={
        Flag.UNREADABLE: "A date could not be read.",
        Flag.IMPLAUSIBLE: "A date that cannot be true was left aside.",
        Flag.FUTURE: "A date ahead of the clock is not believed.",
        Flag.CONFLICT: "The source gave dates that contradict each other.",
        Flag.BACKFILL: "The story was already there when this source was first collected.",
    },
    history="What happened to it",
    joined={
        JoinedBy.URL: "{source} brought it, too, under the same address as {other}",
        JoinedBy.ID: "{source} brought it, too, with the same id as {other}",
        JoinedBy.TEXT: "{source} brought it, too, in nearly the same words as {other}",
    },
    decided={
        DecisionKind.HELD: "Held back until somebody has looked at it",
        DecisionKind.RELEASED: "Let out after somebody had looked at it",
        DecisionKind.RENAMED: "{source} has another id or address for it, too",
        DecisionKind.EDITED: "{source} changed it",
        DecisionKind.EDITED_UNSEEN: "{source} changed its copy, which is not the one shown here",
        DecisionKind.WITHDRAWN: "{source} took it back",
        DecisionKind.PROMOTED: "Shown as {source} tells it from here on",
        DecisionKind.DELETED: "Removed here",
        DecisionKind.NAMED_AGAIN: "{source} brought it again",
        DecisionKind.TAKEN_DOWN: "Taken down here, for good",
    },
    grounds={
        Ground.CAME_BACK: "too much came back as new at once",
        Ground.TOO_MANY: "one of too many at once that are undated or older than the last look",
        Ground.PAGE_GONE: "it is missing among its neighbours, and its page is gone",
        Ground.PAGE_SILENT: "it was missing among its neighbours twice, and its page does not answer",
        Ground.NO_COPY_LEFT: "no other copy is left",
        Ground.BEST_LEFT: "the best of the copies that are left",
    },
    source="Source",
    last_collect="Last collected",
    next_collect="Next",
    outcome="Outcome",
    results={
        "fetched": "Brought a new document",
        "not_modified": "Nothing new (the server said so)",
        "unchanged": "Nothing new (the same document)",
        "failed": "Failed",
        "gone": "Gone",
    },
    items="Stories",
    last_news="Last news",
    failures="Failures in a row",
    healthy="working",
    failing="failing",
    due="now",
    never="Not collected yet",
    zone_ahead="Its dates run {hours} ahead of the clock: they {written}, and are really those of {offset}.",
    zone_behind="Its dates lie {hours} behind the moment at which its stories appear; they {written}. Either "
    "it publishes that late, or its clock is that of {offset}.",
    zone_mended="New stories are mended by themselves.",
    zone_write="To mend it, write under “id: {source}”:",
    zone_marked="are marked {offset}",
    zone_missing="name no zone and were read in {zone}",
    zone_fixed="were read in {zone}, as zone_fix says",
    held="held back",
    moved_to="Moved for good to {host} and is asked there. Correct its url; the new one is told by:",
    stopped="Gone, says its server, and not asked again. Correct its url or remove it; to ask once more:",
    held_back="{n} held back, which look like old stories come back as new. If they are news, let them out:",
    no_page="There is no page at this address",
    no_page_how="The story may have been withdrawn, or the address mistyped. The front page has what is new.",
    gone="This story is no longer here",
    gone_how="Its source took it back, or it was taken down. The front page has what is new.",
    not_allowed="This address can only be read",
    broken="Something went wrong here",
    broken_how="It is our mistake and has been noted. Please try again in a moment.",
    unavailable="The newsroom's records cannot be read just now",
    unavailable_how="Please try again in a moment.",
    no_feed="There is no feed at this address. All feeds are listed at {base}/ and in {base}/feeds.opml\n",
    not_yet="This feed is being prepared. Please ask again in two seconds.\n",
)

INDONESIAN = Words(
    months=(
        "Januari",
        "Februari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "November",
        "Desember",
    ),
    months_short=("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    weekdays=("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    date="{weekday}, {day} {month} {year}",
    full_date="{weekday}, {day} {month} {year} {hour:02}.{minute:02} {zone}",
    day="{day} {month} {year}",
    clock="{hour:02}.{minute:02}",
    now="baru saja",
    soon="sebentar lagi",
    ago="{n} {unit} lalu",
    ahead="{n} {unit} lagi",
    minutes=("menit", "menit"),
    hours=("jam", "jam"),
    days=("hari", "hari"),
    skip="Langsung ke isi",
    front_page="Halaman depan",
    sections="Rubrik",
    latest="Terbaru",
    nothing_yet="Belum ada kabar. Kabar pertama muncul begitu sumber-sumbernya selesai dikumpulkan.",
    nothing_here="Belum ada kabar di rubrik ini.",
    all_of="Semua kabar {title}",
    subscribe="Berlangganan",
    subscribe_how="Salin sebuah alamat ke pembaca feed Anda. Semua pembaca mengenal RSS; JSON untuk program.",
    opml="Semua feed sekaligus (OPML)",
    sources="Sumber",
    status="Status",
    promise="Setiap kabar tampil sekali, dengan tanggal yang benar dan tautan ke sumbernya.",
    updated="Diperbarui {date}",
    by="Oleh {names}",
    read_at="Baca di {source}",
    other_copies="Juga dimuat di",
    withdrawn="ditarik sumbernya pada {date}",
    related="Terkait",
    alike="{share} teksnya sama",
    files="Berkas",
    topics="Topik",
    why="Mengapa tanggal ini?",
    why_claim="{source} menulis “{text}”: {origin}{zone}{precision}.",
    why_future="{source} menulis “{text}”: {origin}{zone}. Saat itu belum tiba ketika kabar ini "
    "pertama kali terlihat, maka dipakai saat pertama kali terlihat.",
    why_none="{source} tidak memberi tanggal yang dapat dipakai; inilah saat kabar ini pertama kali "
    "terlihat.",
    considered="Tanggal yang dipertimbangkan",
    chosen="dipakai",
    no_date="bukan tanggal",
    between="antara {earliest} dan {latest}",
    first_seen="Pertama kali terlihat di sini: {date}.",
    mended="Sumber menandai jamnya {hours} terlalu cepat; sudah dibetulkan.",
    narrowed="Menurut semua yang diketahui, kabar ini terbit {between}.",
    upgraded="Sampai {date} kabar ini bertanggal {before}; lalu ada tanggal yang lebih baik.",
    later="Pada {date} sumber juga menulis “{text}”; itu tidak mengubah apa pun.",
    origins={
        Origin.WORDPRESS: "tanggal terbit di catatan situsnya sendiri",
        Origin.PUBLISHED: "tanggal terbit di feed-nya",
        Origin.CREATED: "tanggal pembuatan di feed-nya",
        Origin.JSON_LD: "tanggal terbit yang disebut halaman artikel bagi mesin pencari",
        Origin.META: "tanggal terbit di kepala halaman artikel",
        Origin.TIME: "tanggal yang tampil di halaman artikel",
        Origin.SITEMAP: "tanggal terbit di peta situs beritanya",
        Origin.UPDATED: "tanggal perubahan terakhir di feed-nya",
        Origin.TEXT: "tanggal yang tampil di halamannya",
        Origin.URL: "hari yang tertera di alamat artikel",
        Origin.GUESS: "tanggal yang ditemukan di teks artikel",
        Origin.MODIFIED: "tanggal perubahan terakhir di halaman artikel",
    },
    zones={
        ZoneOrigin.OFFSET: ", lengkap dengan zona waktunya",
        ZoneOrigin.ABBREVIATION: ", lengkap dengan zona waktunya",
        ZoneOrigin.SOURCE: ", dibaca menurut zona waktu sumber karena tidak menyebut zona",
        ZoneOrigin.LEARNED: ", dibaca menurut zona waktu yang sebenarnya, apa pun yang tertulis",
        ZoneOrigin.NONE: "",
    },
    precisions={
        Precision.SECOND: "",
        Precision.MINUTE: "",
        Precision.HOUR: " (tepat sampai jam)",
        Precision.DAY: " (tepat sampai hari)",
        Precision.NONE: "",
    },
    flags={
        Flag.UNREADABLE: "Ada tanggal yang tidak terbaca.",
        Flag.IMPLAUSIBLE: "Tanggal yang tidak mungkin benar diabaikan.",
        Flag.FUTURE: "Tanggal yang mendahului waktu sekarang tidak dipercaya.",
        Flag.CONFLICT: "Sumber memberi beberapa tanggal yang saling bertentangan.",
        Flag.BACKFILL: "Kabar ini sudah ada ketika sumbernya pertama kali dikumpulkan.",
    },
    history="Riwayat",
    joined={
        JoinedBy.URL: "{source} juga memuatnya, di alamat yang sama dengan {other}",
        JoinedBy.ID: "{source} juga memuatnya, dengan id yang sama dengan {other}",
        JoinedBy.TEXT: "{source} juga memuatnya, dengan kata-kata yang hampir sama dengan {other}",
    },
    decided={
        DecisionKind.HELD: "Ditahan sampai ada yang memeriksanya",
        DecisionKind.RELEASED: "Dimuat setelah diperiksa",
        DecisionKind.RENAMED: "{source} juga memberinya id atau alamat lain",
        DecisionKind.EDITED: "{source} mengubahnya",
        DecisionKind.EDITED_UNSEEN: "{source} mengubah salinannya, yang tidak ditampilkan di sini",
        DecisionKind.WITHDRAWN: "{source} menariknya",
        DecisionKind.PROMOTED: "Sejak saat itu ditampilkan menurut {source}",
        DecisionKind.DELETED: "Dihapus di sini",
        DecisionKind.NAMED_AGAIN: "{source} memuatnya lagi",
        DecisionKind.TAKEN_DOWN: "Dicabut di sini untuk seterusnya",
    },
    grounds={
        Ground.CAME_BACK: "terlalu banyak kabar lama muncul lagi sebagai baru",
        Ground.TOO_MANY: "satu dari terlalu banyak kabar sekaligus yang tak bertanggal atau sudah lama",
        Ground.PAGE_GONE: "hilang dari antara kabar lain, dan halamannya tidak ada lagi",
        Ground.PAGE_SILENT: "dua kali hilang dari antara kabar lain, dan halamannya tidak menjawab",
        Ground.NO_COPY_LEFT: "tidak ada salinan lain",
        Ground.BEST_LEFT: "yang terbaik dari salinan yang masih ada",
    },
    source="Sumber",
    last_collect="Terakhir dikumpulkan",
    next_collect="Berikutnya",
    outcome="Hasil",
    results={
        "fetched": "Membawa dokumen baru",
        "not_modified": "Tidak ada yang baru (menurut server)",
        "unchanged": "Tidak ada yang baru (dokumen sama)",
        "failed": "Gagal",
        "gone": "Tiada lagi",
    },
    items="Kabar",
    last_news="Kabar terakhir",
    failures="Gagal berturut-turut",
    healthy="berjalan",
    failing="gagal",
    due="sekarang",
    never="Belum pernah dikumpulkan",
    zone_ahead="Tanggalnya {hours} mendahului waktu sekarang: {written}, padahal menurut jam {offset}.",
    zone_behind="Tanggalnya {hours} lebih awal daripada saat kabarnya muncul; tanggal itu {written}. Mungkin "
    "kabarnya memang terlambat dimuat, mungkin jamnya {offset}.",
    zone_mended="Kabar baru dibetulkan dengan sendirinya.",
    zone_write="Untuk membetulkannya, tulis di bawah “id: {source}”:",
    zone_marked="ditandai {offset}",
    zone_missing="tidak menyebut zona dan dibaca menurut {zone}",
    zone_fixed="dibaca menurut {zone}, sesuai zone_fix",
    held="ditahan",
    moved_to="Pindah seterusnya ke {host} dan diambil dari sana. Perbaiki url-nya; yang baru disebut oleh:",
    stopped="Kata servernya tiada; tidak ditanya lagi. Perbaiki url-nya atau hapus; untuk mencoba lagi:",
    held_back="Ditahan: {n}. Tampaknya kabar lama yang muncul lagi sebagai baru. Bila memang baru, muatlah:",
    no_page="Tidak ada halaman di alamat ini",
    no_page_how="Mungkin kabarnya ditarik atau alamatnya salah ketik. Yang terbaru ada di halaman depan.",
    gone="Kabar ini tidak ada lagi",
    gone_how="Sumbernya menariknya, atau kabar ini dicabut. Yang terbaru ada di halaman depan.",
    not_allowed="Alamat ini hanya dapat dibaca",
    broken="Ada yang salah di sini",
    broken_how="Ini kesalahan kami dan sudah dicatat. Silakan coba lagi sebentar lagi.",
    unavailable="Catatan redaksi sedang tidak dapat dibaca",
    unavailable_how="Silakan coba lagi sebentar lagi.",
    no_feed="Tidak ada feed di alamat ini. Semua feed tercantum di {base}/ dan di {base}/feeds.opml\n",
    not_yet="Feed ini sedang disiapkan. Silakan minta lagi dalam dua detik.\n",
)


def words_for(language: str) -> Words:
    """Return the Indonesian words for ``id`` and its variants (BCP 47), else the English ones."""
    primary = language.replace("_", "-").partition("-")[0].lower()
    return INDONESIAN if primary in {"id", "in"} else ENGLISH
