import type { RequestView } from '../../sdk/view.ts';
import type { Dialect } from '../dialects/dialect.ts';

/** The dialect, with facts in its views that a case states and no body of its own could. */
export function withTokensIn(dialect: Dialect, tokensIn: number | null): Dialect {
  if (tokensIn === null) return dialect;
  return { ...dialect, view: (body) => counted(dialect.view(body), tokensIn) };
}

/** Everything else is still computed only when somebody looks. */
function counted(view: RequestView, inputTokens: number): RequestView {
  return {
    inputTokens,
    get api() {
      return view.api;
    },
    get body() {
      return view.body;
    },
    get model() {
      return view.model;
    },
    get stream() {
      return view.stream;
    },
    get messages() {
      return view.messages;
    },
    get lastUser() {
      return view.lastUser;
    },
    get texts() {
      return view.texts;
    },
    get others() {
      return view.others;
    },
    get tools() {
      return view.tools;
    },
    get imageCount() {
      return view.imageCount;
    },
    get wantsJson() {
      return view.wantsJson;
    },
    get hasSystem() {
      return view.hasSystem;
    },
    get params() {
      return view.params;
    },
    get maxOutputTokens() {
      return view.maxOutputTokens;
    },
  };
}
