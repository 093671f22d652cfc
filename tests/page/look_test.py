"""look.py finds what is wrong with pages that are each broken in one way."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import look
import sample_data


class Looking(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.driver = look.open_browser()
        cls.addClassCleanup(cls.driver.quit)
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.page = sample_data.filled("sparse", sample_data.pages(7)["sparse"])

    def said_of(self, page: str) -> str:
        path = self.folder / f"{self.id().rsplit('.', 1)[1]}.html"
        path.write_text(page, "utf-8")
        one = look.Look(self.driver, path, 390, "light")
        one.run(None)
        return "\n".join(one.complaints)

    def said_with(self, addition: str) -> str:
        return self.said_of(self.page.replace("</body>", f"{addition}</body>"))

    def test_an_intact_page_gets_no_complaint(self):
        self.assertEqual(self.said_of(self.page), "")

    def test_a_wide_block_is_beyond_the_edge(self):
        self.assertIn(
            '600 px wide; beyond the edge: div "wide"', self.said_with('<div style="width: 600px">wide</div>')
        )

    def test_a_console_error_is_reported(self):
        self.assertIn("the console reports", self.said_with("<script>console.error('no')</script>"))

    def test_an_exception_is_reported(self):
        self.assertIn("the console reports", self.said_with("<script>throw new Error('no')</script>"))

    def test_a_script_from_elsewhere_violates_the_policy(self):
        self.assertIn("policy was violated: script-src", self.said_with('<script src="other.js"></script>'))

    def test_without_the_policy_a_request_is_reported(self):
        open_page = self.page.replace("Content-Security-Policy", "none")
        said = self.said_of(open_page.replace("</body>", '<img src="other.png" alt="other"></body>'))
        self.assertRegex(said, "it requested file:.*other.png")
        self.assertIn("an image is not loaded", said)

    def test_an_image_that_cannot_be_decoded_is_reported(self):
        self.assertIn("an image is not loaded", self.said_with('<img src="data:image/png;base64,AAAA" alt="broken">'))

    def test_grey_text_has_too_little_contrast(self):
        self.assertIn('contrast of "grey" is 2.8', self.said_with('<p style="color: #999999">grey</p>'))

    def test_a_button_without_text_has_no_name(self):
        self.assertIn("a button has no accessible name", self.said_with("<button></button>"))

    def test_a_button_that_tab_passes_over_is_reported(self):
        self.assertIn('Tab doesn\'t reach button "skipped"', self.said_with('<button tabindex="-1">skipped</button>'))

    def test_a_focus_that_cannot_be_seen_is_reported(self):
        self.assertIn(
            "the focus isn't visible on", self.said_with("<style>*:focus { outline: none !important }</style>")
        )

    def test_a_heading_that_skips_a_level_is_reported(self):
        self.assertIn('the heading "deep" skips a level', self.said_with("<h5>deep</h5>"))

    def test_a_drawing_without_an_alternative_is_reported(self):
        self.assertIn("a drawing has no text alternative", self.said_with('<svg width="9" height="9"></svg>'))

    def test_data_that_cannot_be_parsed_are_reported(self):
        self.assertIn("the console reports", self.said_of(self.page.replace('{"kind"', "{kind")))


if __name__ == "__main__":
    unittest.main()
