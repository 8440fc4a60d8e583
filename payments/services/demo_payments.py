"""What the customers of the demonstration merchant saved and paid.

The customers go by their place in `customers.services.demo_people`, from 0.
"""

CARDS = """
0|card_gb|1
1|card_mastercard|14
1|card_amex|2
2|card_visa|0
3|card_in|26
4|card_sg|9
5|card_visa_cartesBancaires|2
6|card_fr|17
8|card_it|8
9|card_it|30
11|card_de|1
12|card_de|21
13|card_pl|12
16|card_ae|16
18|card_th_credit|0
19|card_th_debit|11
20|card_th_credit|33
21|card_jcb_jp|25
22|card_jp|2
23|card_jp|19
24|card_visa|15
25|card_mastercard|7
29|card_br|28
32|card_es|10
33|card_chargeCustomerFail|13
34|card_visa_debit|6
35|card_mastercard_prepaid|22
37|card_ie|18
38|card_ch|24
38|card_mastercard|1
40|card_au|5
41|card_dk|29
"""
"""Each line: customer, what follows `pm_` in the card's id, in how many months it expires."""

ACCOUNTS = """
1|usBankAccount_success|verified
2|usBankAccount_processing|verified
34|usBankAccount_success|
5|success_fr|
11|success_de|
12|failed_de|
"""
"""Each line: customer, what follows `pm_` in the account's id, whether the customer verified it."""

PAYMENTS = """
0|62|4900|gbp|saved|paid|Premium plan, monthly
0|31|4900|gbp|saved|paid|Premium plan, monthly
0|1|4900|gbp|saved|paid|Premium plan, monthly
1|55|18900|usd|saved|paid|Enterprise plan, monthly
1|25|18900|usd|saved|paid|Enterprise plan, monthly
1|20|64000|usd|usBankAccount_success|paid|Team training, two days
2|48|2900|usd|saved|paid|Basic plan, monthly
2|18|2900|usd|card_visa_chargeDeclinedExpiredCard|declined|Basic plan, monthly
2|17|2900|usd|saved|paid|Basic plan, monthly
2|1|31500|usd|usBankAccount_processing|processing|Annual plan
3|44|9900|eur|saved|paid|Data import
4|40|12800|sgd|saved|captured 9600|Onboarding workshop, three of four seats came
5|39|7900|eur|saved|refunded|Premium plan, monthly
5|9|7900|eur|success_fr|paid|Premium plan, monthly
6|36|2500|eur|saved|paid|Basic plan, monthly
6|35|2500|eur|card_visa_chargeDeclined|declined|Two more seats
6|6|2500|eur|card_visa_chargeDeclinedInsufficientFunds|declined|Basic plan, monthly
8|34|45000|eur|saved|refunded 9000 requested_by_customer|Interior package
9|33|2500|eur|saved|paid|Basic plan, monthly
9|2|2500|eur|card_visa_chargeDeclinedLostCard|declined|Basic plan, monthly
11|32|118000|eur|success_de|paid|Enterprise plan, quarterly
11|4|22400|eur|saved|held|Calibration visit, charged after the visit
12|29|7900|eur|failed_de|paid|Premium plan, monthly
12|27|7900|eur|saved|paid|Premium plan, monthly
13|28|15900|eur|card_createDispute|disputed|Gift box, large
16|26|42750|kwd|saved|paid|Fitting of the Kuwait showroom
16|5|18500|kwd|saved|held|Second showroom, deposit
18|24|199000|thb|saved|paid|Coffee subscription, 10 kg
18|10|199000|thb|saved|refunded 50000 duplicate|Coffee subscription, 10 kg
19|23|29900|thb|saved|paid|Basic plan, monthly
19|0|29900|thb|card_threeDSecure2Required|waiting|Basic plan, monthly
20|22|59900|thb|saved|canceled|Premium plan, monthly
21|21|48000|jpy|saved|paid|Sencha, 12 tins
21|5|36000|jpy|saved|held|Gyokuro, spring harvest
22|20|1200|jpy|saved|paid|Basic plan, monthly
22|3|1200|jpy|card_visa_chargeDeclinedProcessingError|declined|Basic plan, monthly
23|19|9800|jpy|saved|refunded 2400 requested_by_customer, 1600 requested_by_customer|Tea set, two cups broken
24|19|89000|krw|saved|paid|Premium plan, monthly
25|16|29000|krw|card_radarBlock|declined|Basic plan, annual
29|15|21900|brl|saved|paid|Premium plan, monthly
32|14|64000|eur|card_createDisputeProductNotReceived|won|Book crates, 40 pieces
33|13|2500|eur|saved|declined|Basic plan, monthly
34|12|275000|usd|card_createDispute|lost|Pallet handling, September
35|11|5400|usd|card_refundFail|refund fails|Workshop ticket
37|8|2500|eur|saved|paid|Basic plan, monthly
38|6|129000|chf|saved|paid|Enterprise plan, monthly
38|1|129000|chf|saved|refunded|Enterprise plan, second charge by mistake
40|9|4900|usd|saved|expired|Premium plan, trial deposit
41|3|7900|eur|saved|paid|Premium plan, monthly
41|0|15800|eur|card_authenticationRequired|waiting|Two more seats
"""
"""Each line: customer, days ago, amount in minor units, currency, method, what became of it, description.

The method is the customer's default where it is `saved`, an account that they saved, or a card that is used once.
"""
