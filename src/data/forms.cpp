#include "forms.h"

#include "tise/base/utf8.h"

namespace tise::data {

const std::vector<const Form*>& forms() {
  static const std::vector<const Form*> kForms{&kStrings, &kList,         &kJsonLines,    &kKarpathy,
                                               &kCoco,    &kPromptToPath, &kMapOfObjects, &kMap,
                                               &kFlickr,  &kTsv,          &kCsv,          &kLines};
  return kForms;
}

Content::Content(const Source& source, const Names& values, bool is_of_captions)
    : source_(source), values_(values), is_of_captions_(is_of_captions) {}

const Parsed& Content::parsed() const {
  if (!parsed_) parsed_ = try_parse_json(source_, source_.text);
  return *parsed_;
}

const Document* Content::object() const {
  if (first() != '{') return nullptr;
  const std::optional<Document>& document = parsed().document;
  return document && document->root.is_object() ? &*document : nullptr;
}

const std::string& Content::why_no_object() const { return parsed().error; }

const Form& form_of(const Content& content) {
  for (const Form* form : forms()) {
    if ((content.is_of_captions() || form->has_labels) && form->fits(content)) return *form;
  }
  fail(content.source(),
       "neither JSON nor CSV with a header row that names an image column (" + choice_of(kImageNames.own()) +
           ") and a " + std::string(content.values().all.front()) + " column (" +
           choice_of(content.values().own()) + "); it starts with " + excerpt(content.source().text, 30));
}

}  // namespace tise::data
