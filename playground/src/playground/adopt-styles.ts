import { StyleModule } from 'style-mod';

// CodeMirror writes its styles into a <style> element, which the page's Content-Security-Policy forbids. For roots without
// a <head> it adopts style sheets instead, which no policy forbids: so it is shown the document as such a root.

const headless = {
  ownerDocument: document,
  get adoptedStyleSheets() {
    return document.adoptedStyleSheets;
  },
  set adoptedStyleSheets(sheets) {
    document.adoptedStyleSheets = sheets;
  },
};

const mount = StyleModule.mount.bind(StyleModule);
StyleModule.mount = (root, modules, options) =>
  mount(root === document ? (headless as unknown as ShadowRoot) : root, modules, options);
