// Takes the picture of README.md, by hand: `node frontend/console/testing/take-picture.ts docs/console.png`. An agent in a folder
// of this machine mends a small repository; only its model is played.
import { callsOf } from '../../../actors/testing/provider/stand-in.ts';
import { answer } from '../../../actors/testing/provider/steps.ts';
import { gitToken, TestAgents } from '../../../engine/testing/agents.ts';
import { requireConsole } from '../../../engine/testing/console.ts';
import { developmentEnvironment } from '../../../engine/testing/sign-in.ts';
import { ConsoleBrowser } from './console-browser.ts';

const file = process.argv[2] ?? 'docs/console.png';
const task = 'A cart that is emptied keeps its discount. Find out why, mend it, and add a test.';

const before = `"""A cart of a shop, in cents."""


class Cart:
    def __init__(self):
        self.items = {}
        self.discount = 0

    def add(self, name, price, count=1):
        self.items[name] = (price, self.items.get(name, (0, 0))[1] + count)

    def apply(self, percent):
        self.discount = percent

    def clear(self):
        self.items.clear()

    def total(self):
        whole = sum(price * count for price, count in self.items.values())
        return whole * (100 - self.discount) // 100
`;
const tests = `import unittest

from cart import Cart


class CartTest(unittest.TestCase):
    def test_total(self):
        cart = Cart()
        cart.add("tea", 450, 2)
        cart.apply(10)
        self.assertEqual(cart.total(), 810)


if __name__ == "__main__":
    unittest.main()
`;
const moreTests = `        self.assertEqual(cart.total(), 810)

    def test_cleared_cart_has_no_discount(self):
        cart = Cart()
        cart.apply(10)
        cart.clear()
        cart.add("tea", 450)
        self.assertEqual(cart.total(), 450)
`;

/** Goes on for a minute, so that the picture is of a session at work. */
const testsInManyOrders =
  'for seed in $(seq 1 60); do PYTHONHASHSEED=$seed python3 -m unittest 2>&1 | grep Ran; sleep 1; done';

const { shell, edit } = callsOf('anthropic');
const usage = (input: number, output: number) => ({ usage: { input: input + 5_200, output, cached: 5_200 } });
const steps = [
  answer({
    thoughts: [{ text: 'The discount is kept on the cart, so clear() may forget it.', signature: 'played' }],
    text: 'I look at the cart first, and at what its tests say.',
    calls: [shell('git log --oneline -3 && grep -n discount cart.py')],
    ...usage(1_840, 120),
  }),
  answer({
    text: '`clear()` empties the items and leaves `discount` as it was. I take it back there.',
    calls: [
      edit(
        '/workspace/repo/cart.py',
        '        self.items.clear()\n',
        '        self.items.clear()\n        self.discount = 0\n',
      ),
      edit('/workspace/repo/test_cart.py', '        self.assertEqual(cart.total(), 810)\n', moreTests),
    ],
    ...usage(2_310, 340),
  }),
  answer({
    text: 'Now the tests, in an order of its own each time, in case one leans on another.',
    calls: [shell(testsInManyOrders)],
    ...usage(2_720, 60),
  }),
];

await requireConsole();
const agents = await TestAgents.open('local', { environment: developmentEnvironment });
agents.git.addRepository('acme/shop', { '.gitignore': '__pycache__/\n', 'cart.py': before, 'test_cart.py': tests });
agents.fakeProvider.plan('anthropic', ...steps);
const browser = new ConsoleBrowser(agents.engine);
try {
  const page = await browser.signIn('Ada', { scheme: 'light', width: 1_280 });
  const body = JSON.stringify({
    task,
    repoUrl: agents.git.urlOf('acme/shop'),
    branch: 'main',
    gitToken,
    autoStart: true,
  });
  const sessionId = await page.evaluate(async (asked) => {
    const headers = { 'Content-Type': 'application/json' };
    const answered = await fetch('/api/v1/sessions', { method: 'POST', body: asked, headers });
    return ((await answered.json()) as { sessionId: string }).sessionId;
  }, body);
  await page.goto(`/console/sessions/${sessionId}`);
  await page
    .getByText(/(Ran 2 tests[\s\S]*){4}/)
    .first()
    .waitFor();
  await page.getByText('1 of 2').waitFor();
  await page.getByText('13 unchanged lines').waitFor();
  await page.waitForLoadState('networkidle');
  await page.screenshot({ path: file, animations: 'disabled' });
} finally {
  await browser.close();
  await agents.close();
}
