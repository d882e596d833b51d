/** Unit names to one name each. Time units count only beside a number: "what year" asks no amount. */
const rows = `mm millimeter millimeters millimetre millimetres
cm centimeter centimeters centimetre centimetres
meter metre meters metres
km kilometer kilometers kilometre kilometres kms
inch inches
foot feet ft
yard yards yd
mile miles mi
lightyear lightyears
acre acres
hectare hectares ha
mg milligram milligrams milligramme milligrammes
microgram micrograms mcg µg μg
gram grams gramme grammes
kg kilogram kilograms kilo kilos kgs
tonne tonnes
ton tons
ounce ounces oz
pound pounds lb lbs
stone
ml milliliter milliliters millilitre millilitres
liter liters litre litres
gallon gallons
pint pints
quart quarts
cup cups
tablespoon tablespoons tbsp
teaspoon teaspoons tsp
celsius °c
fahrenheit °f
kelvin
degree degrees °
bit bits
byte bytes
kb kilobyte kilobytes
mb megabyte megabytes
gb gigabyte gigabytes gig gigs
tb terabyte terabytes
pb petabyte petabytes
kib kibibyte kibibytes
mib mebibyte mebibytes
gib gibibyte gibibytes
mbit megabit megabits mbps
gbit gigabit gigabits gbps
hz hertz
khz kilohertz
mhz megahertz
ghz gigahertz
watt watts
kw kilowatt kilowatts
kwh
mw megawatt megawatts
volt volts
ampere amperes amp amps
mah
joule joules
kj kilojoule kilojoules
calorie calories cal
kcal kilocalorie kilocalories
pascal pascals
psi
mph
kmh km/h kph
knot knots
rpm
percent % per-cent
token tokens
pixel pixels px
mmol
iu`;

const timeRows = `ms millisecond milliseconds msec
us µs μs microsecond microseconds
ns nanosecond nanoseconds
second seconds sec secs
minute minutes min mins
hour hours hr hrs
day days
week weeks
month months
quarter quarters
year years yr yrs
decade decades
century centuries`;

/** Letters that are a unit only directly behind a number: "5 m", "500 s", "20 C". */
const shortRows = `meter m
gram g
second s
hour h
liter l
celsius c
fahrenheit f
kelvin k
watt w
volt v
inch in
ampere a`;

function toMap(text: string): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const row of text.split('\n')) {
    const [name, ...others] = row.trim().split(/\s+/);
    for (const spelling of [name!, ...others]) map.set(spelling, name!);
  }
  return map;
}

export const units = toMap(rows);
export const timeUnits = toMap(timeRows);
export const shortUnits = toMap(shortRows);
/** Words that make another unit of the one behind them. */
export const unitQualifiers: ReadonlySet<string> = new Set(
  'nautical metric square cubic imperial statute short long troy fluid light cubed squared'.split(' '),
);
