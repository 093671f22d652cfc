#pragma once

#include <map>
#include <string>
#include <vector>

namespace tise::text {

/// The words of one of COCO's classes.
struct CocoClass {
  std::string label;
  std::vector<std::string> words;   ///< singular; the label itself need not be among them
  std::vector<std::string> not_it;  ///< phrases that hold one of the words and mean something else
  bool animal = false;              ///< a person's word right before it only says its age (`baby elephant`)
  bool comes_in_pairs = false;      ///< `a pair of` these is one
};

/// coco_classes.json, which is built into the program.
struct CocoClasses {
  std::vector<CocoClass> classes;              ///< in COCO's order
  std::map<std::string, std::string> plurals;  ///< irregular ones
  std::vector<std::string> heads;  ///< nouns before which a class name only says what kind (`train station`)
  std::vector<std::string> group_nouns;   ///< nouns one of which is several
  std::vector<std::string> kin;           ///< people's words that animals have too
  std::vector<std::string> also_colours;  ///< class names that are colours as well
};

CocoClasses coco_classes();

}  // namespace tise::text
