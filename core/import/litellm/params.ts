import type { Draft } from './draft.ts';
import { plainText, secretText } from './draft.ts';
import type { SourceNode } from './source.ts';

/** Parameters of one deployment: its own, and those of the credential that it names. */
export class Params {
  readonly #draft: Draft;
  readonly #own: SourceNode;
  readonly #credential: SourceNode | undefined;

  constructor(draft: Draft, own: SourceNode) {
    this.#draft = draft;
    this.#own = own;
    this.#credential = credentialOf(draft, own);
  }

  get(key: string): SourceNode | undefined {
    return this.#own.get(key) ?? this.#credential?.get(key);
  }

  /** A text as `gateway.yaml` writes it, noted as mapped; undefined where there is none. */
  text(key: string, to: string): string | undefined {
    const node = this.#filled(key);
    if (node === undefined) return undefined;
    node.map(to);
    return plainText(this.#draft, String(node.value));
  }

  /** The same for a secret, which never stands in `gateway.yaml` itself. */
  secret(key: string, name: string, to: string): string | undefined {
    const node = this.#filled(key);
    if (node === undefined) return undefined;
    node.map(to);
    return secretText(this.#draft, node, name);
  }

  /** People write `none` and '' where a server wants no key. */
  #filled(key: string): SourceNode | undefined {
    const node = this.get(key);
    if (node === undefined || (typeof node.value !== 'string' && typeof node.value !== 'number'))
      return undefined;
    if (/^(|none|null)$/i.test(String(node.value).trim())) {
      node.list('unneeded', 'empty; nothing is sent in its place');
      return undefined;
    }
    return node;
  }
}

function credentialOf(draft: Draft, own: SourceNode): SourceNode | undefined {
  const named = own.get('litellm_credential_name');
  if (named === undefined) return undefined;
  const list = draft.source.root.get('credential_list')?.children() ?? [];
  const found = list.find((one) => one.get('credential_name')?.value === named.value);
  if (found === undefined) {
    named.list(
      'todo',
      'no entry of credential_list has this name; it is perhaps in LiteLLM’s database. Give the provider its api_key',
    );
    return undefined;
  }
  named.map('gateway.yaml providers');
  found.get('credential_name')?.map('gateway.yaml providers');
  return found.get('credential_values');
}
