/** Without a token: what is needed, and where it comes from. */
import { html, nothing } from 'lit-html';
import type { TemplateResult } from 'lit-html';
import type { Hands } from '../data/hands.ts';

export function signInView(refused: string | null, hands: Hands): TemplateResult {
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    const token = new FormData(event.target as HTMLFormElement).get('token');
    if (typeof token === 'string' && token.trim() !== '') hands.signIn(token.trim());
  };
  return html`<main id="content" class="sign-in" tabindex="-1">
    <form @submit=${onSubmit}>
      <h1>Readside console</h1>
      <p>
        The console needs a token with the scope <code>admin</code>. <code>npm start</code> prints an address
        that has one in it; this makes another:
      </p>
      <pre class="command">readside token --subject you --scope admin</pre>
      ${refused === null ? nothing : html`<p class="refused" role="alert">${refused}</p>`}
      <label for="token">Token</label>
      <input id="token" name="token" type="password" autocomplete="off" spellcheck="false" required />
      <button type="submit" class="main">Open the console</button>
      <p class="note">It is kept for this tab alone, and forgotten when the tab is closed.</p>
    </form>
  </main>`;
}
