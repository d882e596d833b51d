/** Alphabets of tokens, as characters besides letters and digits; `hex`, `base32` and `digit` are narrower. */
export type Alphabet = 'alnum' | 'hex' | 'base32' | 'digit' | 'word' | 'url' | 'base64';

/** One piece after a prefix or separator: `least` to `most` characters of an alphabet. */
export interface Piece {
  readonly of: Alphabet;
  readonly least: number;
  readonly most: number;
}

/** What the keys of one provider look like. */
export interface KeyShape {
  readonly prefix: string;
  /** Pieces, with `between` between them. */
  readonly pieces: readonly Piece[];
  readonly between?: string;
  /** Text that must be inside. */
  readonly holds?: string;
}

const piece = (of: Alphabet, least: number, most = least): Piece => ({ of, least, most });
const shape = (prefix: string, of: Alphabet, least: number, most = least): KeyShape => ({
  prefix,
  pieces: [piece(of, least, most)],
});

// Longer than any issued one: what reaches it is cut there.
const long = 512;

/**
 * Shapes of the keys of known providers: the facts are those that the providers document and that gitleaks (MIT) lists in
 * its rules. Where providers have changed lengths before, longer ones are taken as well. The first that fits counts.
 */
export const keyShapes: readonly KeyShape[] = [
  ...['AKIA', 'ASIA', 'ABIA', 'ACCA'].map((prefix) => shape(prefix, 'base32', 16)),
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((prefix) => shape(prefix, 'alnum', 36, 255)),
  shape('github_pat_', 'word', 70, 255),
  // Anthropic; OpenAI, old and new; DeepSeek, OpenRouter and others that took the prefix over.
  shape('sk-ant-', 'url', 24, long),
  shape('sk-proj-', 'url', 40, long),
  shape('sk-svcacct-', 'url', 40, long),
  shape('sk-admin-', 'url', 40, long),
  shape('sk-or-v1-', 'hex', 64),
  shape('sk-lf-', 'url', 36, 64),
  shape('pk-lf-', 'url', 36, 64),
  { ...shape('sk-', 'url', 32, long), holds: 'T3BlbkFJ' },
  shape('sk-', 'alnum', 32, 128),
  {
    prefix: 'xoxb-',
    between: '-',
    pieces: [piece('digit', 10, 13), piece('digit', 10, 13), piece('url', 16, 64)],
  },
  ...['xoxp-', 'xoxe-', 'xoxa-', 'xoxr-', 'xoxs-', 'xoxo-', 'xapp-'].map((prefix) =>
    shape(prefix, 'url', 30, 256),
  ),
  {
    prefix: 'https://hooks.slack.com/services/',
    between: '/',
    pieces: [piece('alnum', 8, 16), piece('alnum', 8, 16), piece('alnum', 20, 32)],
  },
  {
    prefix: 'https://discord.com/api/webhooks/',
    between: '/',
    pieces: [piece('digit', 17, 20), piece('url', 60, 80)],
  },
  ...['sk_test_', 'sk_live_', 'sk_prod_', 'rk_test_', 'rk_live_', 'rk_prod_', 'whsec_'].map((prefix) =>
    shape(prefix, 'alnum', 16, 255),
  ),
  shape('AIza', 'url', 35),
  { prefix: 'ya29.', pieces: [piece('url', 30, long)] },
  shape('GOCSPX-', 'url', 28),
  ...['glpat-', 'gldt-', 'glptt-', 'glrt-', 'glcbt-', 'glsoat-', 'glft-'].map((prefix) =>
    shape(prefix, 'url', 20, 64),
  ),
  shape('npm_', 'alnum', 36),
  shape('pypi-', 'url', 80, long),
  ...['hf_', 'api_org_'].map((prefix) => shape(prefix, 'alnum', 30, 40)),
  { prefix: 'SG.', between: '.', pieces: [piece('url', 16, 24), piece('url', 32, 48)] },
  ...['dop_v1_', 'doo_v1_', 'dor_v1_'].map((prefix) => shape(prefix, 'hex', 64)),
  shape('shpat_', 'hex', 32),
  shape('shpss_', 'hex', 32),
  shape('shpca_', 'hex', 32),
  shape('shppa_', 'hex', 32),
  shape('sq0atp-', 'url', 22),
  shape('sq0csp-', 'url', 43),
  shape('EAAA', 'url', 56, 64),
  { prefix: 'dp.pt.', pieces: [piece('alnum', 40, 44)] },
  shape('lin_api_', 'alnum', 40),
  shape('ntn_', 'alnum', 40, 50),
  shape('secret_', 'alnum', 43),
  shape('figd_', 'url', 40),
  { prefix: 'hvs.', pieces: [piece('url', 24, 128)] },
  { prefix: 'hvb.', pieces: [piece('url', 100, 300)] },
  { prefix: 'AGE-SECRET-KEY-1', pieces: [piece('alnum', 58)] },
  shape('gsk_', 'alnum', 40, 64), // Groq
  shape('xai-', 'alnum', 60, 96),
  shape('pplx-', 'alnum', 40, 64),
  shape('r8_', 'alnum', 37), // Replicate
  shape('nvapi-', 'url', 60, 80),
  shape('fw_', 'alnum', 22, 32), // Fireworks
  shape('csk-', 'alnum', 40, 64), // Cerebras
  shape('tvly-', 'url', 28, 64), // Tavily
  shape('lsv2_pt_', 'word', 40, 64), // LangSmith
  shape('lsv2_sk_', 'word', 40, 64),
  shape('phc_', 'alnum', 40, 50),
  shape('phx_', 'alnum', 40, 50),
  shape('glsa_', 'word', 36, 64),
  shape('glc_', 'base64', 32, 400),
  shape('dckr_pat_', 'url', 27),
  shape('sbp_', 'hex', 40),
  shape('sntrys_', 'base64', 80, long),
  shape('sntryu_', 'hex', 64),
  shape('NRAK-', 'alnum', 27),
  shape('dapi', 'hex', 32, 34), // Databricks
  shape('pscale_tkn_', 'url', 32, 64),
  shape('pscale_pw_', 'url', 32, 64),
  shape('rubygems_', 'hex', 48),
  shape('tfp_', 'alnum', 44, 60),
  shape('PMAK-', 'url', 59, 60),
  shape('key-', 'hex', 32), // Mailgun
];
