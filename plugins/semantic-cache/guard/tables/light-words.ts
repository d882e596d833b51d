/**
 * Words that add no restriction when only one of two prompts has them ("the process for cancelling", "which city is the
 * capital"). Any other word on one side only is a qualifier and makes another question ("all inactive users").
 */
export const lightWords: ReadonlySet<string> = new Set(
  `process procedure step steps method command instruction instructions best right proper correct required necessary
  available option options work works working happen happens find take takes name purpose idea ideas example list lists
  abbreviation acronym term terms number amount total city town country person people human body year time period date
  place point value return currently certain different various check see live provide offer have include own side
  reason cause result convert conversion translate translation
  stadt ville ciudad cidade città 城市 都市`.split(/\s+/),
);
