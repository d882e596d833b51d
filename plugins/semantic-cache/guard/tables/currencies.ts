/** Currency signs, codes and names to one name each. "Pound" is a unit too and is read as one. */
const rows = `usd $ dollar dollars us$ buck bucks
eur € euro euros
gbp £ sterling quid
jpy ¥ yen
inr ₹ rupee rupees
krw ₩ won_krw
rub ₽ ruble rubles rouble roubles
try_lira ₺ lira liras
ils ₪ shekel shekels
vnd ₫ dong
uah ₴ hryvnia
btc ₿ bitcoin bitcoins
eth_coin ether
cny yuan renminbi rmb
chf
franc francs
aud a$
cad c$ ca$
nzd nz$
brl r$ real_brl reais
mxn
peso pesos
sek
nok
dkk
krona kronor
krone kroner
pln złoty zloty zlotys
czk koruna
huf forint
idr rupiah
sgd
hkd hk$
zar rand
thb baht
myr ringgit
aed dirham dirhams
sar riyal
cent cents
pence penny`;

const map = new Map<string, string>();
for (const row of rows.split('\n')) {
  const [name, ...others] = row.split(' ');
  for (const spelling of [name!, ...others]) map.set(spelling, name!);
}

export const currencies: ReadonlyMap<string, string> = map;
/** Signs that stand before or behind a number without a space. */
export const currencySigns: ReadonlySet<string> = new Set('$€£¥₹₩₽₺₪₫₴₿');
