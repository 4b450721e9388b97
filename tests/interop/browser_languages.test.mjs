// The pages in the reader's language, in Chromium: each page of each language as a screenshot, light and dark, on a phone
// and on a screen, from left to right and from right to left.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { DESKTOP, PHONE, beginDevice, launch, press, shot, text } from './lib/pages.mjs';
import { startSignIn } from './lib/server.mjs';

const LANGUAGES = {
  en: 'Let a command-line tool sign in?',
  de: 'Soll sich ein Terminal-Programm anmelden?',
  fr: 'Autoriser un outil en ligne de commande à se connecter ?',
  es: '¿Permitir que una herramienta de línea de comandos inicie sesión?',
  ar: 'هل تسمح لأداة سطر أوامر بتسجيل الدخول؟',
};

let server;
let browser;
before(async () => {
  server = await startSignIn();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const [locale, heading] of Object.entries(LANGUAGES)) {
  for (const [size, options, colorScheme] of [['phone', PHONE, 'light'], ['desktop', DESKTOP, 'dark']]) {
    test(`${locale} on a ${size}, ${colorScheme}`, async () => {
      const login = await beginDevice(server.url);
      const context = await browser.newContext({ ...options, locale, colorScheme });
      const page = await context.newPage();
      const name = (what) => `language-${locale}-${size}-${what}`;
      const fits = () => page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return scrollWidth <= clientWidth;
      });
      const look = async (what) => {
        await shot(page, name(what));
        assert.ok(await fits(), `${what}: nothing sticks out`);
        assert.equal(await page.evaluate(() => document.documentElement.lang), locale);
        assert.equal(await page.evaluate(() => document.dir), locale === 'ar' ? 'rtl' : 'ltr');
      };

      await page.goto(`${server.url}/device?user_code=AEIO`);
      await look('enter-code');
      await page.goto(login.verification_uri_complete);
      await look('signed-out');
      await page.goto(`${server.url}/sign-in`);
      await page.locator('input[name=name]').fill('Алиса <alice@example.org>');
      await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
      // Without a mark, the page of a link on another page: it asks for the word.
      await context.clearCookies({ name: 'counterfoil' });
      await page.evaluate((link) => { location.href = link; }, login.verification_uri_complete);
      await page.waitForURL(/login_code/);
      assert.equal(await page.locator('h1').innerText(), heading);
      await look('confirm');
      const edge = await page.evaluate(() => {
        const { borderLeftWidth, borderRightWidth } = getComputedStyle(document.querySelector('.warning'));
        return [borderLeftWidth, borderRightWidth].map(Number.parseFloat);
      });
      assert.equal(edge[0] < edge[1], locale === 'ar', 'the edge of the warning is where lines begin');
      await page.locator('input[name=check_word]').fill('BBBB');
      assert.equal(await press(page, 'approve'), 400);
      await look('wrong-word');
      await page.locator('input[name=check_word]').fill(login.user_code.slice(-4));
      assert.equal(await press(page, 'approve'), 200);
      assert.match(await text(page), /alice@example\.org/);
      await look('approved');
      assert.equal(await press(page, 'withdraw'), 200);
      await look('taken-back');
      await page.goto(login.verification_uri_complete);
      await look('denied');
      await context.close();
    });
  }
}
