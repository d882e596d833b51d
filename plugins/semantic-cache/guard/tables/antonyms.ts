import { stem } from '../stem.ts';

/** Words of opposite meaning, in base form. One prompt has the first and the other the second: another question. */
const pairs = `enable disable|activate deactivate|increase decrease|increase reduce|raise lower|subscribe unsubscribe
install uninstall|encrypt decrypt|encode decode|compress decompress|compress extract|open close|open shut|add remove|add delete
add subtract|add take|create delete|create remove|create destroy|insert delete|mute unmute|import export|upgrade downgrade|gain lose
win lose|find lose|block unblock|block allow|advantage disadvantage|pro con|benefit risk|benefit drawback|benefit harm
pro drawback|buy sell|buy return|maximum minimum|max min|maximize minimize|most least|more less|more few|many few|much little
cheap expensive|latest oldest|latest earliest|newest oldest|new old|first last|early late|earliest last|lock unlock
start stop|start end|start finish|begin end|begin finish|start quit|launch quit|love hate|like hate|like dislike|accept reject
accept decline|accept refuse|approve reject|approve deny|allow deny|allow forbid|permit forbid|grant revoke|hide show
hide reveal|follow unfollow|freeze unfreeze|freeze thaw|freeze melt|freeze boil|entrance exit|entry exit|enter exit|enter leave
arrive leave|arrive depart|arrival departure|pin unpin|borrow lend|rent buy|upper lower|ascending descending|ascend descend
indoor outdoor|indoors outdoors|inside outside|inner outer|internal external|high low|tall short|long short|large small
big small|huge tiny|wide narrow|thick thin|deep shallow|strong weak|heavy light|fast slow|quick slow|hot cold|warm cool
warm cold|hard easy|hard soft|difficult easy|simple complex|rich poor|good bad|well bad|positive negative|optimistic pessimistic
true false|right wrong|right left|correct wrong|correct incorrect|pass fail|succeed fail|success failure|safe dangerous
safe unsafe|healthy unhealthy|legal illegal|public private|remote local|local global|online offline|online store
manual automatic|male female|man woman|boy girl|male woman|father mother|brother sister|husband wife|son daughter|king queen
adult child|parent child|junior senior|young old|beginner expert|beginner advance|buyer seller|tenant landlord|employer employee
teacher student|doctor patient|client server|sender receiver|sender recipient|send receive|give take|give receive|push pull
upload download|attach detach|connect disconnect|mount unmount|load unload|pack unpack|zip unzip|fold unfold|bind unbind
link unlink|assign unassign|archive restore|archive unarchive|backup restore|delete restore|delete recover|commit revert
apply delete|merge split|join leave|join split|combine separate|expand collapse|expand shrink|grow shrink|rise fall|rise sink
up down|on off|above below|over under|before after|before during|after during|front back|top bottom|head tail|north south
east west|day night|morning evening|morning night|summer winter|spring autumn|spring fall|past future|ancient modern
input output|read write|question answer|problem solution|cause effect|cause cure|cause prevent|treat cause|profit loss
income expense|revenue cost|asset liability|debit credit|deposit withdraw|deposit withdrawal|save spend|earn spend|supply demand
employ fire|hire fire|marry divorce|live die|birth death|born die|alive dead|awake asleep|sleep wake|full empty|fill empty
full partial|whole part|single married|single double|single multiple|one-way return|lead follow|include exclude|include omit
present absent|presence absence|visible hidden|visible invisible|clean dirty|wet dry|sharp blunt|loud quiet|loud silent|bright dark
light dark|black white|formal informal|formal casual|active passive|active inactive|odd even|prime composite|horizontal vertical
row column|client vendor|wholesale retail|mandatory optional|required optional|temporary permanent|static dynamic|fixed variable
synchronous asynchronous|sync async|serial parallel|mutable immutable|strict loose|abstract concrete|literal figurative
get set|show hide|play pause|pause resume|record play|praise criticize|praise blame|agree disagree|trust distrust|remember forget
strength weakness|majority minority|domestic international|domestic foreign|import produce|attack defend|defend prosecute
guilty innocent|war peace|friend enemy|hero villain|ask answer|tighten loosen|bend straighten|plant harvest|sunrise sunset
sunny rainy|sweet sour|sweet salty|raw cooked|fresh frozen|fresh stale|acid base|acidic basic|solid liquid|liquid gas
powerful powerless|hopeful hopeless|useful useless|careful careless|painful painless|religious secular|frequent rare
often rarely|always sometimes|always rarely|usually rarely|everyone nobody|everything nothing|guest employee|guest host
business private|business personal|customer employee|used new|refurbished new|vegetarian meat|vegan meat`;

const table = new Map<string, Set<string>>();
for (const pair of pairs.split(/[|\n]/)) {
  const [one, other] = pair.trim().split(' ');
  if (one === undefined || other === undefined) continue;
  for (const form of new Set([one, stem(one)])) {
    for (const opposite of new Set([other, stem(other)])) {
      link(form, opposite);
      link(opposite, form);
    }
  }
}

function link(one: string, other: string): void {
  const known = table.get(one);
  if (known === undefined) table.set(one, new Set([other]));
  else known.add(other);
}

/** The opposites of a word, both in base form. */
export const antonyms: ReadonlyMap<string, ReadonlySet<string>> = table;

/** Beginnings that make opposites of the same rest: "hypertension" and "hypotension", "upstream" and "downstream". */
export const oppositePrefixes: readonly (readonly [string, string])[] = [
  ['', 'un'],
  ['', 'in'],
  ['', 'im'],
  ['', 'il'],
  ['', 'ir'],
  ['', 'dis'],
  ['', 'non'],
  ['', 'mis'],
  ['', 'anti'],
  ['', 'de'],
  ['', 're'],
  ['', 'ex'],
  ['hyper', 'hypo'],
  ['pre', 'post'],
  ['over', 'under'],
  ['up', 'down'],
  ['micro', 'macro'],
  ['inter', 'intra'],
  ['endo', 'exo'],
  ['in', 'out'],
  ['in', 'ex'],
  ['im', 'ex'],
  ['en', 'de'],
  ['en', 'dis'],
  ['on', 'off'],
  ['mono', 'poly'],
  ['mono', 'multi'],
  ['uni', 'multi'],
  ['iso', 'aniso'],
  ['homo', 'hetero'],
  ['mini', 'maxi'],
];
