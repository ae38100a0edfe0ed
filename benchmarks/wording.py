"""The words that the corpus of ``benchmarks.stories`` is written in: two small grammars, all invented.

A symbol in braces is replaced by one of its phrases, again and again. NAME, PLACE, ORG and NUMBER are filled
with what the event is about. No fixed run of words is long, so that two texts share phrases only by chance.
"""

from __future__ import annotations


def _stock(text: str) -> list[str]:
    """Return the phrases of ``text``, which a bar separates."""
    return [" ".join(phrase.split()) for phrase in text.split("|")]


PLACES = _stock(
    """Jakarta|Bandung|Badung|Surabaya|Semarang|Medan|Makassar|Denpasar|Palembang|Pontianak|Samarinda
    |Manado|Ambon|Kupang|Mataram|Jayapura|Sorong|Ternate|Kendari|Palu|Gorontalo|Mamuju|Banjarmasin
    |Balikpapan|Padang|Pekanbaru|Jambi|Bengkulu|Lampung|Serang|Cilegon|Bogor|Depok|Bekasi|Karawang
    |Cirebon|Tegal|Pekalongan|Kudus|Solo|Klaten|Magelang|Madiun|Kediri|Malang|Blitar|Jember|Banyuwangi
    |Gresik|Tuban|Garut|Cianjur|Sukabumi|Sumedang|Dumai|Bitung|Leeds|Bristol|Dover|Cardiff|Perth|Hobart
    |Geelong|Ottawa|Boston|Denver|Tulsa|Dayton|Nairobi|Lagos|Accra|Dublin|Oslo|Bergen|Lisbon|Porto|Turin
    |Lyon|Lille|Ghent|Basel|Graz|Brno|Gdansk|Tartu|Izmir|Cairo|Tunis|Delhi|Lahore"""
)
FIRST = _stock(
    """Budi|Andi|Siti|Dewi|Agus|Rina|Joko|Sri|Hendra|Yanto|Lestari|Wahyu|Bambang|Ratna|Fajar|Indah|Rizky
    |Putri|Dimas|Galih|Nurul|Taufik|Ahmad|Rahma|Yusuf|Hana|Karen|Peter|Julia|Simon|Laura|Martin|Nadia
    |Oscar|Paula|Derek|Hugo|Irene|Kevin|Monica|Nathan|Olga|Victor|Wendy|Felix|Gloria|Amira|Boris|Clara
    |Dora|Edgar|Frida"""
)
LAST = _stock(
    """Santoso|Wijaya|Kusuma|Pratama|Hidayat|Nugroho|Saputra|Siregar|Lubis|Harahap|Tanjung|Simbolon|Maulana
    |Setiawan|Gunawan|Susanto|Utomo|Wibowo|Firmansyah|Ramadhan|Anwar|Basri|Situmorang|Pohan|Mulyadi
    |Suryana|Hartono|Halim|Whitmore|Ashdown|Carver|Dunmore|Ellery|Fairfax|Garland|Holloway|Ingram|Jarvis
    |Kendall|Langley|Mercer|Norwood|Osborne|Prescott|Quigley|Radford|Selby|Thorne|Underhill|Vickers
    |Wexford|Yardley|Zimmer|Haldane"""
)
ORGS = {
    "id": _stock(
        """Dinas Perhubungan|Dinas Kesehatan|Badan Penanggulangan Bencana|Kementerian Pertanian|Polda
        |Kejaksaan|Universitas Negeri|Bank Daerah|Koperasi Nelayan|Badan Pusat Statistik|Komisi
        Pemilihan|Ikatan Dokter|Serikat Pekerja|Yayasan Pelita|Balai Karantina|Perusahaan Listrik
        |Otoritas Pelabuhan|Dewan Kesenian"""
    ),
    "en": _stock(
        """the Transport Board|the Harbour Authority|City Council|the Health Trust|the Farmers Union
        |Northern Rail|the Coast Guard|the Teachers League|Meridian Bank|the Water Company|the Election
        Office|Hartwell University|the Arts Council|the Statistics Bureau|the Growers Guild|Atlas Energy
        |the Housing Agency|the Appeals Court"""
    ),
}
GRAMMAR = {
    "id": {
        "TITLE": _stock(
            """{NOUN} {ADJ} {VERB} {NOUN} di {PLACE}|{ORG} {VERB} {NOUN} {ADJ} di {PLACE}|{NAME} {VERB}
            {NOUN} {ADJ}|{NUMBER} {PEOPLE} {PLACE} {VERB} {NOUN} {ADJ}|{NAME}: {NOUN} {ADJ} {VERB}
            {NOUN}|{PEOPLE} {PLACE} {VERB} {NOUN} {ADJ}, {NUMBER} {PEOPLE} {STATE}"""
        ),
        "SENTENCE": _stock(
            """{SUBJECT} {VERB} {OBJECT} {WHERE}|{LINK}, {SUBJECT} {VERB} {OBJECT}|{WHEN} {SUBJECT} {VERB}
            {OBJECT} {WHERE}|{SUBJECT} {VERB} {OBJECT} {BECAUSE} {SUBJECT} {VERB} {OBJECT}|“{SUBJECT}
            {VERB} {OBJECT},” {SAID} {NAME} {WHERE}|Sebanyak {NUMBER} {PEOPLE} {STATE} {WHERE}, {WHILE}
            {SUBJECT} {VERB} {OBJECT}|{LINK}, {NAME} dari {ORG} {VERB} {OBJECT} {WHEN}|{OBJECT} yang
            {STATE} itu {VERB} {OBJECT} {WHERE}|{SAID} {NAME}, {SUBJECT} {VERB} {NUMBER} {NOUN} {ADJ}
            |{SUBJECT} {STATE} {WHEN}, {BECAUSE} {OBJECT} {STATE}"""
        ),
        "SUBJECT": _stock(
            "{NOUN} {ADJ}|para {PEOPLE}|{PEOPLE} {PLACE}|{ORG}|{NAME}"
            "|sejumlah {PEOPLE} {ADJ}|{NOUN} milik {PEOPLE}"
        ),
        "OBJECT": _stock(
            "{NOUN} {ADJ}|{NOUN} {ADJ} dan {NOUN}|{NUMBER} {NOUN}"
            "|{NOUN} untuk {PEOPLE}|{NOUN} {PLACE}|{NOUN} {STATE}"
        ),
        "NOUN": _stock(
            """jembatan|pasar|sekolah|pelabuhan|bendungan|rumah sakit|jalan tol|sawah|kebun|perahu|gudang
            |pabrik|anggaran|pajak|beras|cabai|bawang|minyak goreng|gula|ikan|listrik|air bersih
            |saluran irigasi|kereta|terminal|bandara|menara|taman kota|perpustakaan|museum|stadion
            |panggung|naskah|lukisan|kain tenun|aplikasi|jaringan|satelit|kamera|data warga
            |undang-undang|putusan|gugatan|berkas perkara|saksi|bukti|hutan|lahan gambut|sungai|terumbu
            karang|limbah|sampah plastik|udara|kabut asap|longsor|banjir|vaksin|obat|puskesmas|ambulans
            |gizi anak|upah|lowongan|pelatihan|pinjaman|tabungan|harga tanah|sewa toko|kurikulum
            |beasiswa|ujian|lomba|festival|pameran|tarian|resep|kopi|teh|kelapa|rumput laut|garam|kapal
            feri|truk|sepeda|trotoar|lampu jalan|parkir|halte|rel|kabel laut|peta|arsip|izin usaha
            |kontrak|lelang|saham"""
        ),
        "ADJ": _stock(
            """baru|lama|rusak|murah|mahal|langka|ramai|sepi|terpadu|darurat|sementara|tahunan|bersejarah
            |raksasa|kecil|swasta|milik desa|ramah lingkungan|tradisional|modern|terpencil|pesisir
            |pegunungan|berlubang|bertingkat|tertunda|gratis|bersubsidi|ilegal|resmi|unggulan|organik
            |digital|terapung|keliling|kuno|padat|kering|tercemar|subur|layak|rawan|strategis
            |percontohan|bersama|lintas provinsi|tanpa izin"""
        ),
        "PEOPLE": _stock(
            """warga|pedagang|nelayan|petani|guru|siswa|mahasiswa|sopir|buruh|perawat|dokter|seniman|penari
            |pelukis|peneliti|relawan|penumpang|pembeli|pengusaha|peternak|pengacara|hakim|jaksa
            |anggota dewan|camat|lurah|pemain|pelatih|penonton|pelari|wisatawan|pemandu|juru masak
            |montir|tukang kayu|penjahit|pustakawan"""
        ),
        "VERB": _stock(
            """menolak|memperbaiki|membangun|menutup|membuka|menunda|mempercepat|mengawasi|memeriksa
            |menyita|menyumbang|menjual|membeli|memindahkan|menanam|memanen|mengolah|mengirim|menerima
            |mengubah|menghapus|menghitung|mendata|meninjau|meresmikan|menggugat|membahas|menyetujui
            |membatalkan|merawat|menyelamatkan|melindungi|mengembangkan|menguji|meluncurkan|memamerkan
            |mengajarkan|menyewa|membiayai|mengeluhkan|mengusulkan|menjanjikan|memantau|menertibkan
            |mengangkut|menimbun|membersihkan|mencatat|menemukan|menghentikan"""
        ),
        "STATE": _stock(
            """terdampak|menunggu|bertahan|kembali normal|belum selesai|mulai pulih|kian sulit|naik tajam
            |turun perlahan|dipindahkan|dirawat|diperiksa|diundang|terhenti|diperpanjang|dikaji ulang
            |mendapat bantuan|kehilangan pekerjaan|ikut serta|tidak terdaftar|sudah didata|berjalan
            lancar|habis terjual|masih dibuka"""
        ),
        "WHERE": _stock(
            """di {PLACE}|di sekitar {PLACE}|di tepi sungai|di balai desa|di kantor {ORG}|di halaman
            sekolah|dekat pelabuhan|di pinggir jalan raya|sepanjang pantai|di lereng bukit|di gedung
            lama|di tengah kota|di kampung sebelah|di wilayah utara|di wilayah selatan|di perbatasan|di
            aula utama|di ruang sidang"""
        ),
        "WHEN": _stock(
            """pagi ini|sejak subuh|menjelang malam|pekan lalu|bulan depan|akhir tahun|awal musim hujan
            |setelah rapat panjang|usai panen|sebelum libur|selama {NUMBER} hari|dalam waktu dekat
            |beberapa jam kemudian|sepekan terakhir|sejak tahun lalu|saat hujan deras|ketika air surut
            |seusai upacara"""
        ),
        "LINK": _stock(
            """Selain itu|Sementara itu|Di sisi lain|Meski begitu|Akibatnya|Karena itu|Menurut catatan
            |Dalam laporan itu|Sebelumnya|Ke depan|Untuk sementara|Pada kesempatan yang sama|Hingga kini
            |Secara terpisah|Berdasarkan data|Menanggapi hal itu|Di lapangan|Tidak hanya itu|Di luar
            dugaan|Sebagai gantinya"""
        ),
        "BECAUSE": _stock(
            "karena|sebab|agar|meskipun|sehingga|sementara|setelah|sebelum|supaya"
            "|walau|lantaran|ketika|hingga"
        ),
        "WHILE": _stock("sementara|sedangkan|ketika|dan|tetapi|padahal"),
        "SAID": _stock(
            "kata|ujar|tutur|jelas|ungkap|tegas|menurut|papar|ucap|kenang|terang|aku|lanjut|tambah|cerita"
        ),
    },
    "en": {
        "TITLE": _stock(
            """{ADJ} {NOUN} {VERB} {NOUN} in {PLACE}|{ORG} {VERB} {ADJ} {NOUN} in {PLACE}|{NAME} {VERB}
            {ADJ} {NOUN}|{NUMBER} {PEOPLE} from {PLACE} {STATE} over {ADJ} {NOUN}|{NAME}: {ADJ} {NOUN}
            {VERB} {NOUN}|{PLACE} {PEOPLE} {VERB} {ADJ} {NOUN} as {NUMBER} {PEOPLE} {STATE}"""
        ),
        "SENTENCE": _stock(
            """{SUBJECT} {VERB} {OBJECT} {WHERE}|{LINK}, {SUBJECT} {VERB} {OBJECT}|{WHEN} {SUBJECT} {VERB}
            {OBJECT} {WHERE}|{SUBJECT} {VERB} {OBJECT} {BECAUSE} {SUBJECT} {VERB} {OBJECT}|“{SUBJECT}
            {VERB} {OBJECT},” {NAME} {SAID} {WHERE}|Some {NUMBER} {PEOPLE} {STATE} {WHERE}, {WHILE}
            {SUBJECT} {VERB} {OBJECT}|{LINK}, {NAME} of {ORG} {VERB} {OBJECT} {WHEN}|{OBJECT} that
            {STATE} {WHEN} {VERB} {OBJECT} {WHERE}|{NAME} {SAID} that {SUBJECT} {VERB} {NUMBER} {ADJ}
            {NOUN}|{SUBJECT} {STATE} {WHEN}, {BECAUSE} {OBJECT} {STATE}"""
        ),
        "SUBJECT": _stock(
            "the {ADJ} {NOUN}|local {PEOPLE}|{PEOPLE} in {PLACE}|{ORG}|{NAME}"
            "|several {ADJ} {PEOPLE}|a {ADJ} {NOUN}"
        ),
        "OBJECT": _stock(
            """the {ADJ} {NOUN}|a {NOUN} and its {NOUN}|{NUMBER} {ADJ} {NOUN}|a {NOUN} for {PEOPLE}|every
            {ADJ} {NOUN}|the {NOUN} of {PLACE}"""
        ),
        "NOUN": _stock(
            """bridge|market|school|harbour|dam|hospital|motorway|orchard|ferry|warehouse|factory|budget
            |tax|rent|wheat|barley|salmon|cheese|power line|water main|railway|terminal|airport
            |lighthouse|library|museum|stadium|theatre|manuscript|painting|archive|app|network|satellite
            |camera|register|bill|ruling|lawsuit|case file|witness|forest|peat bog|river|reef|landfill
            |smog|flood|landslide|vaccine|clinic|ambulance|wage|vacancy|apprenticeship|loan|pension
            |land price|syllabus|scholarship|exam|contest|festival|exhibition|ballet|recipe|vineyard
            |lorry|bicycle|pavement|street lamp|car park|bus stop|undersea cable|map|licence|contract
            |auction|share|turbine|battery|quarry|canal|sewer|playground|choir|orchestra|novel|comet
            |telescope|glacier"""
        ),
        "ADJ": _stock(
            """new|old|broken|cheap|costly|scarce|crowded|deserted|joint|temporary|annual|historic|giant
            |small|private|communal|green|traditional|modern|remote|coastal|alpine|flooded|delayed|free
            |subsidised|illegal|official|prized|organic|digital|floating|mobile|ancient|dense|dry
            |polluted|fertile|fragile|strategic|shared|unlicensed|narrow|solar|public|disputed|rural
            |hidden|leaking|listed|popular|rusty"""
        ),
        "PEOPLE": _stock(
            """residents|traders|fishermen|farmers|teachers|pupils|students|drivers|workers|nurses|doctors
            |artists|dancers|painters|researchers|volunteers|passengers|shoppers|owners|breeders|lawyers
            |judges|councillors|players|coaches|fans|runners|tourists|guides|cooks|mechanics|carpenters
            |tailors|librarians|miners|pilots"""
        ),
        "VERB": _stock(
            """rejected|repaired|built|closed|opened|postponed|hastened|oversaw|inspected|seized|donated
            |sold|bought|moved|planted|harvested|processed|shipped|received|altered|scrapped|counted
            |surveyed|toured|inaugurated|challenged|debated|approved|cancelled|restored|rescued
            |protected|expanded|tested|launched|displayed|taught|leased|funded|criticised|proposed
            |promised|monitored|cleared|carried|buried|cleaned|recorded|found|halted"""
        ),
        "STATE": _stock(
            """waited|held out|returned|struggled|recovered slowly|rose sharply|fell again|went missing
            |took part|were questioned|stood idle|remained open|ran late|lost ground|gained support
            |were evacuated|stayed away|asked for help|were left out|were sold out|kept going|refused
            to leave|came back"""
        ),
        "WHERE": _stock(
            """in {PLACE}|near {PLACE}|by the river|at the village hall|at the offices of {ORG}|in the
            school yard|near the harbour|along the ring road|on the beach|on a hillside|in the old wing
            |downtown|in the next valley|in the north|in the south|at the border|in the main hall|in
            court"""
        ),
        "WHEN": _stock(
            """this morning|since dawn|towards evening|last week|next month|late in the year|early in
            spring|after a long meeting|after the harvest|before the holidays|for {NUMBER} days|shortly
            |hours later|in recent days|since last year|in heavy rain|at low tide|after the ceremony"""
        ),
        "LINK": _stock(
            """Besides|Meanwhile|On the other hand|Even so|As a result|For that reason|According to records
            |In the report|Earlier|Looking ahead|For the time being|On the same occasion|So far
            |Separately|Judging by the data|In reply|On the ground|Not only that|To general surprise
            |Instead"""
        ),
        "BECAUSE": _stock(
            "because|since|so that|although|while|after|before|until|whereas|once|unless|when|as"
        ),
        "WHILE": _stock("while|whereas|and|but|though|as"),
        "SAID": _stock("said|added|explained|recalled|insisted|argued|conceded|told reporters|warned|noted"),
    },
}
SYNONYMS = {
    "menolak": "menampik",
    "memperbaiki": "membenahi",
    "membangun": "mendirikan",
    "menutup": "menghentikan",
    "menunda": "mengundur",
    "memeriksa": "mengecek",
    "membahas": "merundingkan",
    "murah": "terjangkau",
    "warga": "penduduk",
    "pedagang": "penjual",
    "siswa": "pelajar",
    "rejected": "refused",
    "repaired": "fixed",
    "closed": "shut",
    "postponed": "delayed",
    "bought": "acquired",
    "approved": "passed",
    "cheap": "affordable",
    "residents": "locals",
    "pupils": "schoolchildren",
    "costly": "expensive",
}
PREFIXES = {
    "id": ["Heboh! ", "Terbaru: ", "Viral, ", "Terungkap, ", "Kabar Baik, "],
    "en": ["Breaking: ", "Revealed: ", "Watch: ", "Just in: ", "Exclusive: "],
}
