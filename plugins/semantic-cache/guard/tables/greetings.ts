/** Words that greet or thank: they say nothing where a sentence or the text begins or ends with them, and inside it they are its subject ("how do you say hello"). */
export const greetings: ReadonlySet<string> = new Set(
  'hi hello hey dear greetings thanks thank yes ok okay well cheers bye hallo danke bonjour merci hola gracias olá obrigado obrigada ciao grazie'.split(
    ' ',
  ),
);
