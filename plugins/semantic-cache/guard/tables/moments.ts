/** Words of relative time to one name each; "this", "next" and "last" join the unit behind them. */
const rows = `now currently current nowadays presently
today todays
tomorrow
yesterday
tonight
recent recently lately
latest newest
previous former formerly previously
upcoming
ago
soon
becoming
used-to
heute
morgen
gestern
jetzt
aujourd'hui
demain
maintenant
hoy
mañana
ayer
ahora
hoje
amanhã
ontem
agora
oggi
domani
ieri
adesso
今天 今日
明天 明日
昨天 昨日
现在`;

const map = new Map<string, string>();
for (const row of rows.split('\n')) {
  const [name, ...others] = row.split(' ');
  for (const word of [name!, ...others]) map.set(word, name!);
}

export const moments: ReadonlyMap<string, string> = map;
/** Words before a unit of time, weekday or part of the day. "Past" is "last". */
export const momentLeads: ReadonlyMap<string, string> = new Map([
  ['this', 'this'],
  ['next', 'next'],
  ['coming', 'next'],
  ['last', 'last'],
  ['past', 'last'],
]);
/** What "this", "next" and "last" go with, besides units of time and weekdays. */
export const partsOfTime: ReadonlySet<string> = new Set(
  'morning afternoon evening night weekend summer winter spring autumn season semester term fiscal'.split(
    ' ',
  ),
);
