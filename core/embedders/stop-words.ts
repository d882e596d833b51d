/** Words that tell little about a prompt: they weigh a quarter. */
export const stopWords: ReadonlySet<string> = new Set(
  `a an the this that these those i me my we us our you your he she it its they them their is are was were be been do
  does did have has had will would shall should can could may might must of in on at to for from by with about and or
  but if so as than then there here what which who whom whose how when where why please hi hello hey thanks thank tell
  give show some any not no yes s t m re ll ve d der die das den dem ein eine einen ich mein meine wie was wo wer kann
  ist und zu für mit le la les un une des du de je mon ma mes est que qui comment puis el los las una mi mis puedo cómo
  qué es o os as um uma meu minha como il lo gli mio posso che`.split(/\s+/),
);
