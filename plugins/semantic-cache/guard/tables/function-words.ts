/** Words that carry the frame of a question, not its subject: alignment ignores them. By language; matched in lower case. */
const lists = {
  en: `a an the this that these those there here it its itself i me my mine we us our ours you your yours he him his she
    her hers they them their theirs one ones someone anyone somebody anybody am is are was were be been being do does did
    done doing have has had having will would shall should can could may might must ought of in on at to for from by with
    about into onto as than then so if when while because and or but nor also too just even still yet already ever again
    what which who whom whose where why how not no let lets get got gets getting want wants need needs
    able wonder wondering trying try tries know knowing tell ask asked say says said please kindly sorry bother quick question questions help regarding concerning actually really exactly basically
    simply fact up out off down over much many very quite some any such own per via using use used going go way ways
    thing things stuff kind sort possible possibly allowed give gives me show explain explains describe explanation
    following mean means meant meaning r u ur pls plz im there's
    mind believe think afraid hope wish guess suppose curious interested looking look would've`,
  de: `der die das den dem des ein eine einen einem einer eines ich mich mir mein meine meinen meinem meiner wir uns unser
    unsere du dich dir dein deine sie ihr ihre ihren ihrem er es man ist sind war waren sein bin bist wird werden wurde
    kann können könnte möchte will soll sollte muss darf habe hat haben hatte wie was wer wo wann warum welche welcher
    welches und oder aber auf in im am an zu zum zur von vom mit für bei aus nach über um als wenn dass so auch noch schon
    bitte danke hallo tun machen geht gibt befindet sich`,
  fr: `le la les l un une des du de d je j me m moi mon ma mes nous notre nos vous votre vos tu ton ta tes il elle ils elles
    on ce cet cette ces c est sont suis être était a ai as ont avoir avez peux peut puis pouvez dois doit faut faire fait
    comment quel quelle quels quelles que qu qui quoi où quand pourquoi et ou mais à au aux en dans sur pour par avec sans
    si se s sont y est-ce merci bonjour svp plaît trouve`,
  es: `el la los las un una unos unas lo yo me mi mis nos nuestro nuestra tú te tu tus usted ustedes su sus él ella se es
    son soy está están ser estar era hay puedo puede pueden poder debo debe tengo tiene hacer hago cómo como qué que cuál
    cuáles quién quien dónde donde cuándo cuando por para de del al a en con y o u pero si gracias hola encuentra favor`,
  pt: `o a os as um uma uns umas eu me meu minha meus minhas nós nosso nossa você vocês seu sua seus suas ele ela se é são
    sou está estão ser estar era há posso pode podem devo deve tenho tem fazer faço como que qual quais quem onde quando
    porque por para de do da dos das no na nos nas em com e ou mas ao à obrigado obrigada olá`,
  it: `il lo la i gli le un uno una l io mi mio mia miei mie noi nostro tu ti tuo tua lei lui si è sono sei essere era c'è
    posso può possono devo deve ho ha avere faccio fare come che cosa quale quali qual chi dove quando perché per di del
    della dei delle da dal al a ad in nel nella con e o ma su grazie ciao trova`,
  nl: `de het een ik mij me mijn wij we ons onze jij je jouw u uw hij zij ze is zijn was ben bent wordt worden kan kun kunnen
    wil moet mag heb heeft hebben hoe wat wie waar wanneer waarom welke en of maar op in aan te van met voor bij uit naar
    over om als dat dit die deze er ook nog alstublieft dank`,
  zh: `的 是 了 吗 呢 吧 啊 请 请问 怎么 怎样 怎么样 如何 什么 哪 哪里 哪个 哪座 谁 我 你 您 我们 你们 他 她 它 这 那 在 和 与
    能 可以 告诉 一下 想 要 有 把 个`,
  ja: `の は が を に で と も へ か です ます ました でし た て だ ください 下さい 教え 教えて どこ どう 何 なに いつ だれ 誰
    なぜ どの どれ する し した できる こと もの ある いる 方法 私 あなた`,
} as const;

export type TableLanguage = keyof typeof lists;

/** Words that tell a language, for those written without spaces by script. */
export const wordsByLanguage: ReadonlyMap<TableLanguage, ReadonlySet<string>> = new Map(
  (Object.entries(lists) as [TableLanguage, string][]).map(([language, words]) => [
    language,
    new Set(words.split(/\s+/)),
  ]),
);

/** Function words of one language; of English where the language is not in the table. */
export function functionWords(language: string): ReadonlySet<string> {
  return wordsByLanguage.get(language.replace('?', '') as TableLanguage) ?? wordsByLanguage.get('en')!;
}
