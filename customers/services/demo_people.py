"""The invented people and businesses of the demonstration merchant.

Each line: name, language, country, city, postal code, state, street, phone, organization or nothing.
"""

PEOPLE = """
Ada Whitfield|en|GB|Bristol|BS1 4ST||12 Harbour Row|+44 117 496 0101|
Nathaniel Brooks|en|US|Portland|97205|OR|411 SW Alder Street|+1 503 555 0142|Cedar & Finch Coffee
Maribel Ortega|es|US|San Antonio|78205|TX|88 Villita Lane|+1 210 555 0187|
Priya Raman|en|IN|Bengaluru|560001|KA|24 Residency Road|+91 80 5550 1123|Raman Analytics
Wei Ling Tan|en|SG|Singapore|049483||9 Battery Lane|+65 6555 0119|
Camille Lefèvre|fr|FR|Lyon|69002||7 rue Mercière|+33 4 65 55 01 20|Atelier Lefèvre
Étienne Marchand|fr|FR|Nantes|44000||31 quai de la Fosse|+33 2 65 55 01 44|
Léa Tremblay|fr|CA|Québec|G1R 4P5|QC|19 rue Saint-Jean|+1 418 555 0173|
Giulia Ferrante|it|IT|Torino|10121|TO|Via Lagrange 15|+39 011 555 0162|Studio Ferrante
Matteo Bellandi|it|IT|Firenze|50123|FI|Via dei Fossi 8|+39 055 555 0177|
Noah Lindqvist|en|SE|Göteborg|411 06||Drottninggatan 40|+46 31 555 01 25|
Jonas Falkenberg|en|DE|Leipzig|04109||Nikolaistraße 22|+49 341 5550 134|Falkenberg Messtechnik GmbH
Katharina Vogt|en|DE|München|80331||Sendlinger Straße 5|+49 89 5550 1288|
Łukasz Zieliński|en|PL|Kraków|31-007||ul. Gołębia 4|+48 12 555 01 39|
Αλέξανδρος Μανωλάς|en|GR|Θεσσαλονίκη|546 24||Τσιμισκή 55|+30 231 055 5014|
Зоряна Коваль|en|UA|Львів|79000||вул. Краківська 9|+380 32 555 0151|
سارة المنصوري|en|AE|دبي|||شارع الوصل ٤٢|+971 4 555 0166|Mansoori Interiors
נועה ברקאי|en|IL|חיפה|3303139||שדרות המגינים 18|+972 4 555 0188|
สมชาย วัฒนกุล|th|TH|กรุงเทพมหานคร|10110||99/4 ซอยสุขุมวิท 31|+66 2 555 0143|ร้านกาแฟบ้านสวน
พิมพ์ชนก ศรีสุวรรณ|th|TH|เชียงใหม่|50200||18 ถนนนิมมานเหมินท์|+66 53 555 017|
อนันต์ ลิ้มเจริญ|th|TH|ภูเก็ต|83000||7 ถนนถลาง|+66 76 555 019|
山本 陽菜|ja|JP|京都市|604-8001|京都府|中京区上大阪町521|+81 75 555 0122|株式会社山本製茶
佐藤 健太郎|ja|JP|横浜市|231-0023|神奈川県|中区山下町74|+81 45 555 0136|
鈴木 美咲|ja|JP|札幌市|060-0061|北海道|中央区南1条西4丁目|+81 11 555 0148|
김서연|ko|KR|서울특별시|04524||중구 세종대로 110|+82 2 555 0155|한결디자인
박도윤|ko|KR|부산광역시|48058||해운대구 센텀중앙로 55|+82 51 555 0169|
陳怡君|en|TW|台北市|106||大安區忠孝東路四段 101 號|+886 2 5550 1174|
林志豪|en|HK|香港|||中環德輔道中 18 號|+852 5550 1181|
Nguyễn Minh Châu|en|VN|Đà Nẵng|550000||36 Bạch Đằng|+84 236 555 0193|
Beatriz Carvalho|es|BR|Curitiba|80020-310|PR|Rua XV de Novembro 220|+55 41 5550 1195|Carvalho & Filhos
Joaquín Salvatierra|es|AR|Rosario|S2000|SF|Calle Córdoba 1340|+54 341 555 0106|
Valentina Rojas|es|CL|Valparaíso|2340000|VS|Cerro Alegre 77|+56 32 555 0127|
Lucía Navarro|es|ES|Sevilla|41001|SE|Calle Sierpes 61|+34 955 550 138|Librería Navarro
Íñigo Etxeberria|es|ES|Bilbao|48005|BI|Calle Correo 12|+34 945 550 149|
Chukwuemeka Obi|en|NG|Lagos|101233|LA|15 Broad Street|+234 1 555 0158|Obi Logistics
Thandiwe Nkosi|en|ZA|Cape Town|8001|WC|27 Loop Street|+27 21 555 0164|
Amina Wanjiru|en|KE|Nairobi|00100||6 Kimathi Lane|+254 20 555 0175|
Oliver Hartigan|en|IE|Galway|H91 XY12||3 Quay Street|+353 91 555 018|
Sophie Castellan|fr|CH|Genève|1204|GE|Rue du Rhône 30|+41 22 555 01 91|Castellan Horlogerie
Aroha Ngata|en|NZ|Wellington|6011||45 Cuba Street|+64 4 555 0102|
Callum Drysdale|en|AU|Fremantle|6160|WA|8 High Street|+61 8 5550 1113|
Freya Sørensen|en|DK|Aarhus|8000||Åboulevarden 21|+45 5550 1124|
"""
