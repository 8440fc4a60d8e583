"""What the demonstration merchant sells, and who has subscribed to it in the year before today.

The customers go by their place in `customers.services.demo_people`, from 0.
"""

PRODUCTS = """
basic|Basic plan|One workspace, mail support
premium|Premium plan|Five workspaces, reports, support within a day
enterprise|Enterprise plan|As many workspaces as you need, a person who knows your name
seats|Additional seats|For colleagues who work in the same workspace
coffee|Coffee subscription, 5 kg|Single origin, roasted on Monday, on its way on Tuesday
"""
"""Each line: id, name, description."""

PRICES = """
basic|month|usd 2900, eur 2500, gbp 2400, thb 99000, jpy 4200, chf 2700, inr 199000, krw 39000, sgd 3900
premium|month|usd 7900, eur 7200, gbp 6900, thb 269000, jpy 11800, chf 7600, inr 549000, krw 109000, sgd 10500
premium|year|usd 79000, eur 72000, gbp 69000, thb 2690000, jpy 118000, chf 76000, inr 5490000, krw 1090000
enterprise|month|usd 18900, eur 17500, gbp 16500, thb 640000, jpy 28000, chf 18200, inr 1290000, krw 259000
coffee|month|thb 119000
"""
"""Each line: product, interval, what it costs in which currencies, the price's own first. Amounts are minor units."""

SEATS = ((5, 900), (20, 700), (None, 500))
"""What a seat costs a month in USD cents: up to how many seats, each at which amount."""

TAXES = """
vat_de|VAT|DE|19|added
vat_fr|TVA|FR|20|added
ct_jp|Consumption tax|JP|10|contained
vat_th|VAT|TH|7|contained
"""
"""Each line: key, name, country, percent, whether it is added to the price or contained in it."""

COUPONS = """
WELCOME25|25 % off for three months|25|3
PARTNER10|10 % off, for partners|10|
"""
"""Each line: id, name, percent off, for how many months; for ever where empty."""

SUBSCRIPTIONS = """
0|premium|month|usd|358|||PARTNER10|
1|enterprise|month|usd|351|6||WELCOME25|stumbles 331
2|basic|month|usd|344||||premium 170
3|premium|month|inr|338||||
5|premium|year|eur|331||vat_fr||
6|basic|month|eur|322||vat_fr|WELCOME25|
8|basic|month|eur|310||||cancel 120
9|basic|month|eur|301||||
11|enterprise|month|eur|290||vat_de||by invoice
12|premium|month|eur|276||vat_de||seats
18|coffee|month|thb|262||vat_th||
19|basic|month|thb|251||vat_th||premium 200
20|premium|month|thb|240||vat_th|WELCOME25|
21|premium|month|usd|214||||
22|basic|month|jpy|203||ct_jp||cancel 60
23|premium|month|jpy|190||ct_jp||
24|premium|month|krw|176||||
25|enterprise|month|krw|162||||pause 100
29|premium|month|usd|160||||declines 70
32|basic|month|eur|127||||declines 100
33|basic|month|eur|96||||
34|premium|month|usd|88|12|||
35|basic|month|usd|70||||ends
38|enterprise|month|chf|45||||
40|premium|month|usd|19||||trial
41|basic|month|eur|9||||trial
35|basic|month|usd|6||||
"""
"""Each line: customer, product, interval, currency, begun how many days ago, seats, tax, coupon, what happens.

What happens: a change to another product, a cancellation or a pause of the collection so many days after the
beginning, or a card that is declined from then on, or for a week (`stumbles`); payment by invoice; two months later
some seats; an end with the period; a trial of 14 days. One customer's only card is declined from the first day on.
"""
