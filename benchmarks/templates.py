"""The templates of ``benchmarks.stories``: notes that newsrooms fill in many times a day.

A slot is ``{kind}`` or ``{kind_more}``; slots of the same name in one note have the same value.
"""

from __future__ import annotations

CLUBS = [
    "Persija",
    "Persita",
    "Persib",
    "Persik",
    "Persis",
    "Arema",
    "Persebaya",
    "Bali United",
    "Madura United",
    "Borneo FC",
    "Barito",
    "Dewa United",
    "Leeds",
    "Sunderland",
    "Norwich",
    "Bristol City",
    "Burnley",
    "Stoke",
    "Preston",
    "Millwall",
    "Hull City",
    "Swansea",
]
STOCKS = [
    "BBCA",
    "BBRI",
    "TLKM",
    "ASII",
    "UNVR",
    "BMRI",
    "GOTO",
    "ANTM",
    "MDKA",
    "ADRO",
    "INDF",
    "ICBP",
    "KLBF",
    "PGAS",
    "SMGR",
    "CPIN",
]
DAYS = {
    "id": ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"],
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
}
COUNTS = {
    "id": ["dua", "tiga", "empat", "lima", "enam", "tujuh"],
    "en": ["two", "three", "four", "five", "six", "seven"],
}

#: Language, titles (the last says nothing of what differs) and text.
TEMPLATES: tuple[tuple[str, tuple[str, str], str], ...] = (
    (
        "id",
        ("Prakiraan cuaca {place} {day}, suhu {temperature} derajat", "Prakiraan cuaca hari ini"),
        """Badan Meteorologi memprakirakan cuaca di {place} pada {day} umumnya berawan sejak pagi hingga siang
        hari. Hujan ringan berpeluang turun pada sore hari dan dapat disertai kilat serta angin kencang
        berdurasi singkat. Suhu udara berkisar antara {temperature} hingga {high} derajat Celsius dengan
        kelembapan {humidity} persen. Angin bertiup dari arah tenggara dengan kecepatan {wind} kilometer per
        jam. Masyarakat diimbau untuk tetap waspada terhadap genangan air di jalan raya, pohon tumbang,
        serta petir pada saat beraktivitas di luar ruangan. Nelayan diminta memperhatikan tinggi gelombang
        yang dapat mencapai {wave} meter di perairan terbuka. Informasi terbaru dapat dilihat pada laman
        resmi dan aplikasi milik badan tersebut yang diperbarui setiap tiga jam.""",
    ),
    (
        "id",
        ("Cuaca {place}: {temperature} derajat, hujan sore", "Cuaca kota Anda hari ini"),
        """{place} diguyur hujan ringan pada siang hingga sore hari menurut prakiraan yang dirilis pagi tadi.
        Udara terasa lembap dengan suhu {temperature} derajat dan angin lemah dari selatan. Pengendara
        sepeda motor sebaiknya menyiapkan jas hujan sejak berangkat dari rumah karena hujan dapat turun
        tiba-tiba tanpa didahului mendung. Malam hari langit berangsur cerah dan bulan dapat terlihat jelas
        dari tempat yang jauh dari lampu kota. Kualitas udara tergolong sedang sehingga kelompok yang peka
        dianjurkan mengurangi kegiatan berat di luar rumah. Jangan lupa minum air putih yang cukup dan
        menjaga jarak aman ketika melintas di jalan yang licin.""",
    ),
    (
        "id",
        ("Saham {stock} ditutup di {price}, asing lepas {sold} miliar", "Rekomendasi saham hari ini"),
        """Saham {stock} ditutup pada level {price} pada perdagangan {day} setelah bergerak di rentang yang
        sempit sepanjang sesi pertama. Nilai transaksi tercatat {turnover} miliar rupiah dengan frekuensi
        {trades} kali. Investor asing membukukan penjualan bersih {sold} miliar rupiah di seluruh pasar,
        melanjutkan tren dari pekan sebelumnya. Analis menilai pelaku pasar masih menunggu keputusan suku
        bunga bank sentral serta data inflasi yang akan diumumkan pada akhir bulan. Secara teknikal, harga
        berada di atas rata-rata bergerak dengan titik dukung terdekat di {support}. Keputusan membeli atau
        menjual saham sepenuhnya berada di tangan pembaca, dan redaksi tidak bertanggung jawab atas kerugian
        yang timbul dari keputusan tersebut.""",
    ),
    (
        "id",
        ("Hasil liga: {club} taklukkan {club_b} {score}", "Hasil pertandingan liga tadi malam"),
        """{club} meraih kemenangan {score} atas {club_b} dalam lanjutan liga yang digelar pada {day} malam.
        Tuan rumah langsung menekan sejak peluit pertama dan membuka keunggulan melalui {person} pada menit
        ke-{minute}. Tim tamu berusaha membalas lewat serangan balik cepat tetapi penyelesaian akhir mereka
        kurang tenang. Wasit mengeluarkan {cards} kartu kuning sepanjang laga yang berlangsung keras
        tersebut. Di babak kedua permainan lebih terbuka dan kedua pelatih memasukkan tenaga baru di lini
        tengah. Sekitar {crowd} penonton memadati stadion dan bernyanyi sepanjang pertandingan. Dengan hasil
        ini tuan rumah naik di klasemen sementara sedangkan lawannya harus puas berada di papan bawah. Pekan
        depan mereka akan menjalani laga tandang yang tidak kalah berat.""",
    ),
    (
        "id",
        ("Gempa magnitudo {magnitude} guncang {place}", "Info gempa terkini"),
        """Gempa bumi dengan magnitudo {magnitude} mengguncang wilayah {place} pada {day} pukul {time} WIB.
        Pusat gempa berada di laut pada jarak {distance} kilometer arah barat daya dengan kedalaman {depth}
        kilometer. Gempa ini tidak berpotensi menimbulkan tsunami. Getaran dirasakan nyata di dalam rumah
        seakan-akan ada truk yang melintas. Hingga berita ini diturunkan belum ada laporan mengenai
        kerusakan bangunan atau korban jiwa. Warga diimbau tetap tenang, tidak terpengaruh isu yang tidak
        dapat dipertanggungjawabkan kebenarannya, serta menghindari bangunan yang retak. Pastikan informasi
        hanya bersumber dari kanal resmi yang telah terverifikasi.""",
    ),
    (
        "id",
        ("Harga emas hari ini Rp{gold} per gram", "Harga emas batangan hari ini"),
        """Harga emas batangan pada {day} berada di angka Rp{gold} per gram, bergerak tipis dibanding hari
        sebelumnya. Adapun harga jual kembali ditetapkan Rp{buyback} per gram. Transaksi jual kembali dengan
        nilai di atas sepuluh juta rupiah dikenai pajak sesuai ketentuan yang berlaku dan langsung dipotong
        dari total nilai. Untuk pembelian, tersedia pecahan mulai dari setengah gram sampai satu kilogram di
        butik resmi maupun toko daring. Para pengamat memperkirakan harga logam mulia masih akan naik turun
        mengikuti nilai tukar dolar dan permintaan dari bank sentral dunia. Pembeli disarankan membandingkan
        harga di beberapa gerai sebelum memutuskan untuk membeli.""",
    ),
    (
        "en",
        ("{place} weather: {temperature} degrees on {day}", "Today's weather forecast"),
        """Forecasters expect a mostly cloudy {day} in {place} with light rain moving in from the west by late
        afternoon. Temperatures will peak at {temperature} degrees before falling to {low} overnight. Winds
        will blow at up to {wind} miles an hour along exposed ridges and bridges, and drivers of high
        vehicles should take care. Humidity stands at {humidity} percent. Rivers remain within their banks
        and no flood warnings are in force, though surface water may collect on low roads. The outlook for
        the rest of the week is brighter, with longer dry spells and a gentle breeze from the south.
        Residents can follow updates on the website of the weather service at any hour.""",
    ),
    (
        "en",
        ("{stock} shares close at {price} on {day}", "Stock note: what to watch today"),
        """Shares of {stock} closed at {price} on {day} in thin trading as investors waited for a decision on
        interest rates. Turnover reached {turnover} million across {trades} trades. Foreign funds sold a net
        {sold} million, the brokers said, extending the outflow seen since the start of the month. Analysts
        put support near {support} and said that a break below it could invite further selling. The wider
        index moved little, with banks higher and miners lower. Nothing in this note is advice to buy or
        sell a security, and readers should weigh their own circumstances before they act on it. Past
        performance is no guide to future returns.""",
    ),
    (
        "en",
        ("{club} beat {club_b} {score}", "Match report: last night's league game"),
        """It finished {score} after an open game in which {club} took their chances and {club_b} did not. The
        hosts went ahead through {person} in minute {minute} with a low shot that the keeper should have
        saved. The visitors had more of the ball after the break but were booked {count} times as tempers
        frayed in the rain. A crowd of {crowd} saw the captain limp off near the end with what looked like a
        muscle strain. Both managers praised the spirit of their players and agreed that the pitch had not
        helped. The winners move up the table before a long trip north next weekend, while the losers must
        regroup quickly if they are to stay clear of the bottom places.""",
    ),
    (
        "id",
        ("Jadwal salat {place} {day}", "Jadwal salat hari ini dan niatnya"),
        """{day} ini umat Islam di {place} dan sekitarnya dapat menjadikan jadwal berikut sebagai pegangan.
        Subuh pukul {time}, Zuhur pukul {time_b}, Asar pukul {time_c}, Magrib pukul {time_d}, Isya pukul
        {time_e}. Jadwal disusun oleh kantor agama setempat dan dapat bergeser beberapa menit menurut letak
        tempat tinggal. Salat merupakan kewajiban yang tidak boleh ditinggalkan dalam keadaan apa pun, baik
        ketika sehat maupun sakit, di rumah atau dalam perjalanan. Mereka yang bepergian jauh mendapat
        keringanan untuk menggabungkan dua waktu salat.""",
    ),
    (
        "id",
        ("Kurs rupiah {day}: beli {price}, jual {support}", "Kurs rupiah hari ini di bank besar"),
        """Nilai tukar rupiah kembali bergerak tipis. Kurs beli dolar {price} dan kurs jual {support}. Kurs
        beli euro {trades} dan kurs jual {gold}. Angka tersebut dikutip dari laman bank pada pagi hari dan
        dapat berubah sewaktu-waktu mengikuti pasar. Nasabah yang hendak menukar uang dalam jumlah banyak
        disarankan menghubungi cabang terdekat lebih dahulu untuk memastikan ketersediaan uang kertas.
        Penukaran di atas batas tertentu memerlukan dokumen pendukung sesuai dengan aturan bank sentral yang
        berlaku sejak beberapa tahun silam.""",
    ),
    (
        "en",
        ("{place} vote: {person} ahead of {person_b}", "Local election: the count so far"),
        """{person} leads the count in {place} with {votes} votes, officials said after {count} wards had
        declared. {person_b} follows with {votes_b}. Turnout was described as brisk despite the rain, and
        queues were still seen outside some schools when the doors were due to close. Observers reported no
        serious trouble. A recount may be asked for where the margin is narrow, and postal ballots will be
        added once their seals have been checked by both camps. The final result is to be announced from the
        steps of the town hall as soon as it is known.""",
    ),
)
