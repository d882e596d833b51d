import type { Test } from 'tap';

/** One of each type, none of them issued to anybody. */
export const secrets = {
  email: 'canary.mail@example.com',
  phone: '+49 171 3920001',
  card: '4012888888881881',
  iban: 'DE89370400440532013000',
  ssn: '536-90-4399',
  ip: '203.0.113.77',
  secret: `${'ghp_'}FAKE0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P`,
  password: 'FAKE-canary-pw-77',
  token: 'FAKE.zk93Jd-20aPq_8Lm',
  key: `${'-----BEGIN '}PRIVATE KEY-----\nFAKEKEYMHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04fSeQ6tF1aY\n${'-----END '}PRIVATE KEY-----`,
  url: 'deploy:FAKEcanary99',
  custom: 'E-774411',
};

export const text = `${secrets.email}; call ${secrets.phone}; card ${secrets.card}; ${secrets.iban}; SSN ${secrets.ssn}; host ${secrets.ip}; \
${secrets.secret} password=${secrets.password} Authorization: Bearer ${secrets.token}\n${secrets.key}\nhttps://${secrets.url}@db.example.com ${secrets.custom}`;
const fields = {
  note: text,
  password: secrets.password,
  n: Number(secrets.card),
  'deep/er': [{ phone: secrets.phone }],
};
const schema = {
  type: 'object',
  properties: { to: { type: 'string', default: secrets.email, description: text } },
};

/** Bodies for every endpoint that asks a model, full of secrets wherever a body can have text. */
export const bodies: Readonly<Record<string, readonly unknown[]>> = {
  '/v1/chat/completions': [
    {
      model: 'test',
      user: secrets.email,
      metadata: { note: text },
      safety_identifier: secrets.phone,
      stop: [secrets.custom],
      messages: [
        { role: 'system', content: text },
        {
          role: 'user',
          name: secrets.email,
          content: [
            { type: 'text', text },
            { type: 'image_url', image_url: { url: `https://${secrets.url}@img.example.com/a.png` } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          reasoning_content: text,
          reasoning_details: [{ type: 'reasoning.text', text }],
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'f', arguments: JSON.stringify(fields) } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: JSON.stringify(fields) },
        { role: 'user', content: text, x_unknown: { nested: [text] } },
      ],
      tools: [{ type: 'function', function: { name: 'f', description: text, parameters: schema } }],
      response_format: { type: 'json_schema', json_schema: { name: 'r', description: text, schema } },
      prediction: { type: 'content', content: text },
      x_unknown: { nested: [text, fields] },
    },
  ],
  '/v1/completions': [{ model: 'test', prompt: [text, text], suffix: text, user: secrets.email }],
  '/v1/embeddings': [
    { model: 'test', input: text, user: secrets.email },
    { model: 'test', input: [text, 'fine'] },
  ],
  '/v1/messages': ['test', 'claude'].map((model) => ({
    model,
    max_tokens: 100,
    system: [{ type: 'text', text }],
    metadata: { user_id: secrets.email },
    stop_sequences: [secrets.custom],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text },
          { type: 'document', title: text, source: { type: 'text', media_type: 'text/plain', data: text } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: text, signature: '' },
          { type: 'tool_use', id: 'toolu_1', name: 'f', input: fields },
        ],
      },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text }] }],
      },
    ],
    tools: [{ name: 'f', description: text, input_schema: schema }],
  })),
  '/v1/messages/count_tokens': [
    { model: 'claude', system: text, messages: [{ role: 'user', content: text }] },
  ],
  '/v1/responses': [
    {
      model: 'test',
      instructions: text,
      user: secrets.email,
      metadata: { note: text },
      input: [
        { role: 'user', content: [{ type: 'input_text', text }] },
        { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text }] },
        { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'f', arguments: JSON.stringify(fields) },
        { type: 'function_call_output', call_id: 'c1', output: text },
      ],
      tools: [{ type: 'function', name: 'f', description: text, parameters: schema }],
      text: { format: { type: 'json_schema', name: 'r', schema } },
    },
    { model: 'test', input: text },
  ],
};

/** Fails where one of the secrets is in a text, in whatever way JSON writes it. */
export function clean(t: Test, where: string, output: unknown): void {
  // Some keep texts in small letters.
  const written = (typeof output === 'string' ? output : JSON.stringify(output)).toLowerCase();
  for (const [name, secret] of Object.entries(secrets)) {
    const forms = [
      secret,
      JSON.stringify(secret).slice(1, -1),
      secret.replace(/\s/g, ''),
      encodeURIComponent(secret),
    ];
    const leaked = forms.find((form) => written.includes(form.toLowerCase()));
    if (leaked !== undefined) t.fail(`${where}: ${name}`);
  }
  // A piece of the key is as bad as the key.
  t.notMatch(written, /fakekeymhc/, `${where}: a piece of the key`);
}
