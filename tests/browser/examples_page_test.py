"""The examples page, served by the real binary, used as a reader would use it."""

import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import serving  # noqa: E402

try:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError as missing:
    sys.exit(f"cannot drive a browser: {missing}; install the package python3-selenium")

PROJECT = str(pathlib.Path(__file__).resolve().parents[2])


class ExamplesPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temp = cls.enter(serving.temp_folder())
        cls.server = serving.Server(os.environ["LOCALFN_BINARY"], PROJECT, cls.temp)
        cls.addClassCleanup(cls.end_server)
        cls.browser = cls.enter(serving.browser())

    @classmethod
    def enter(cls, context):
        """As enterClassContext() of Python 3.11 and later."""
        value = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        return value

    @classmethod
    def end_server(cls):
        code = cls.server.stop()
        if code != 130:
            raise AssertionError(f"localfn ended with {code}, not 130:\n{cls.server.log()}")

    def setUp(self):
        self.browser.get(self.server.address + "/")

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def run_example(self, name, /, **fields):
        """Fills the form of a card, presses its button, returns status line and body."""
        for field, value in fields.items():
            element = self.find(f"#{name} [name={field}]")
            element.clear()
            element.send_keys(value)
        self.find(f"#{name} button").click()
        WebDriverWait(self.browser, serving.PATIENCE).until(
            lambda _: self.browser.find_elements(By.CSS_SELECTOR, f"#{name} .answer[data-done]"),
            f"the example {name} does not end")
        return self.find(f"#{name} .status").text, self.find(f"#{name} .answer pre").text

    def check(self, name, status, body, /, **fields):
        line, text = self.run_example(name, **fields)
        self.assertIn(f": {status}, ", line)
        self.assertIn(body, text)
        return text

    def test_each_example_answers_from_the_page(self):
        self.check("hello", 200, "Hello, Grace & Co!", name="Grace & Co")
        self.check("hello", 200, "Hello, stranger!", name="")
        self.check("date", 200, "UTC", days="3")
        self.check("date", 400, "whole number", days="soon")
        self.check("users", 200, "Katherine Johnson", id="3")
        self.check("capital-finder", 200, "The capital of Peru is Lima.", country="Peru")
        self.check("capital-finder", 404, "Atlantis", country="Atlantis")
        self.check("countries", 200, "Peru", capital="Lima")
        self.check("env", 200, "one idea each")

    def test_the_echo_sends_json_back_and_refuses_the_rest(self):
        text = self.check("echo", 200, "received", body='{"a": [1, "ä"]}')
        self.assertEqual(json.loads(text)["received"], {"a": [1, "ä"]})
        self.check("echo", 400, "not JSON", body="{")

    def test_the_counter_counts_on_while_its_instance_lives(self):
        first = self.check("counter", 200, "Request ")
        second = self.check("counter", 200, "warm")
        self.assertEqual(int(first.split()[1]) + 1, int(second.split()[1]))

    def test_the_stream_grows_before_it_ends(self):
        self.find("#stream button").click()
        seen = WebDriverWait(self.browser, serving.PATIENCE, poll_frequency=0.02).until(
            lambda _: self.find("#stream .answer pre").text)
        self.assertIn("3 ...", seen)
        self.assertNotIn("lift-off", seen)
        WebDriverWait(self.browser, serving.PATIENCE).until(
            lambda _: "lift-off" in self.find("#stream .answer pre").text)

    def test_the_failure_is_a_status_here_and_a_page_in_a_tab(self):
        self.check("boom", 500, "FUNCTION_INVOCATION_FAILED")
        self.assertIn("failed", self.find("#boom .answer").get_attribute("class"))
        self.find("#boom h2 a").click()
        WebDriverWait(self.browser, serving.PATIENCE).until(
            lambda driver: driver.current_url.endswith("/api/boom"))
        page = self.find("body").text
        for text in ("500", "FUNCTION_INVOCATION_FAILED", "ZeroDivisionError: division by zero",
                     "api/boom.py", "sum(grades) / len(grades)"):
            self.assertIn(text, page)

    def test_every_link_of_the_page_leads_somewhere(self):
        expected = {"api/echo": 501, "api/boom": 500}
        links = [a.get_dom_attribute("href") for a in
                 self.browser.find_elements(By.CSS_SELECTOR, "main h2 a")]
        self.assertEqual(len(links), 10)
        for link in links:
            status = self.browser.execute_async_script(
                "const [link, done] = arguments; fetch(link).then(r => done(r.status), done);", link)
            self.assertEqual(status, expected.get(link, 200), link)

    def test_the_page_loads_nothing_from_elsewhere_and_logs_no_error(self):
        urls = self.browser.execute_script(
            "return performance.getEntriesByType('resource').map(entry => entry.name)")
        self.assertTrue(urls)
        for url in urls:
            self.assertTrue(url.startswith(self.server.address + "/"), url)
        self.browser.get_log("browser")
        self.browser.get(self.server.address + "/")
        self.assertEqual(self.browser.get_log("browser"), [])

    def test_fields_have_labels_and_answers_are_announced(self):
        for field in self.browser.find_elements(By.CSS_SELECTOR, "input, textarea"):
            self.assertTrue(field.accessible_name, field.get_attribute("outerHTML"))
        answers = self.browser.find_elements(By.CSS_SELECTOR, ".answer")
        self.assertEqual({a.get_attribute("role") for a in answers}, {"status"})
        self.assertEqual(self.find("html").get_attribute("lang"), "en")

    def test_the_page_fits_a_telephone_and_follows_the_dark_scheme(self):
        def background():
            return self.browser.execute_script(
                "return getComputedStyle(document.body).backgroundColor")

        def emulate(scheme):
            self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                "features": [{"name": "prefers-color-scheme", "value": scheme}]})

        emulate("light")
        light = background()
        emulate("dark")
        self.addCleanup(emulate, "")
        self.assertNotEqual(light, background())
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": False})
        self.addCleanup(self.browser.execute_cdp_cmd, "Emulation.clearDeviceMetricsOverride", {})
        self.assertLessEqual(
            self.browser.execute_script("return document.documentElement.scrollWidth"), 360)


if __name__ == "__main__":
    unittest.main(verbosity=2)
