/** Irregular English forms: base, then the forms that mean the same word. */
const rows = `be am is are was were been being
become became|begin began begun|bite bit bitten|break broke broken|bring brought|build built|buy bought|catch caught
choose chose chosen|come came|cost costs|cut cutting|deal dealt|die died dies dying|lie lying lies|tie tied tying ties
draw drew drawn|drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen|feed fed|feel felt|fight fought
fly flew flown flies|forget forgot forgotten|freeze froze frozen|give gave given|go went gone goes|grow grew grown|hear heard
hide hid hidden|hold held|keep kept|know knew known|lead led|learn learnt|leave left leaving|lend lent|lose lost|make made|mean meant
meet met|pay paid|read reads reading|ride rode ridden|ring rang rung|rise rose risen|run ran|say said|see saw seen
seek sought|sell sold|send sent|shake shook shaken|shine shone|shoot shot|sing sang sung|sink sank sunk|sit sat
sleep slept|speak spoke spoken|spend spent|stand stood|steal stole stolen|swim swam swum|take took taken|teach taught
tear tore torn|tell told|think thought|throw threw thrown|understand understood|wake woke woken|wear wore worn|win won
write wrote written writes writing|find found|get got gotten|hang hung|swear swore sworn|withdraw withdrew withdrawn
man men|woman women|child children|foot feet|tooth teeth|mouse mice|goose geese|person persons people|knife knives
life lives|leaf leaves|half halves|wife wives|bacterium bacteria|criterion criteria|medium media|index indices indexes
analysis analyses|crisis crises|thesis theses|datum data|matrix matrices|vertex vertices|potato potatoes|hero heroes
good better best|bad worse worst|cancel cancelled canceled cancelling canceling cancellation|travel travelled traveled travelling
fast faster fastest|slow slower slowest slowly|quick quicker quickly|shut shutting|hit hitting|let letting|set setting
bear bore born|beat beaten|bend bent|bind bound|bleed bled|blow blew blown|breed bred|burn burnt|dig dug|dream dreamt
lay laid|light lit|sew sewn|show showed shown|shrink shrank shrunk|slide slid|spell spelt|spin spun|spread spreads|stick stuck
sting stung|strike struck|sweep swept|swing swung|weave wove woven|wind wound|wring wrung|quit quits|put puts putting
different difference differ differs|explain explanation|describe description|translate translation|install installation
colour color|centre center|metre meter|licence license|favourite favorite|organise organize|summarise summarize|analyse analyze
grey gray|check cheque|catalogue catalog|programme program|cancelation cancellation`;

const forms = new Map<string, string>();
for (const row of rows.split(/[|\n]/)) {
  const [base, ...others] = row.trim().split(/\s+/);
  if (base === undefined) continue;
  for (const form of others) if (!forms.has(form)) forms.set(form, base);
}

/** Form to base, for words that no ending rule reaches. */
export const irregularForms: ReadonlyMap<string, string> = forms;
