#pragma once

#include <map>
#include <string>
#include <vector>

namespace tise::text {

/// The words of a COCO class.
struct CocoClass {
  std::string label;
  std::vector<std::string> words;   ///< singular; needn't include the label itself
  std::vector<std::string> not_it;  ///< phrases that contain one of the words but mean something else
  bool animal = false;              ///< a word for a person before it only states its age (`baby elephant`)
  bool comes_in_pairs = false;      ///< `a pair of` them is one object
};

/// The contents of coco_classes.json, which is built into the program.
struct CocoClasses {
  std::vector<CocoClass> classes;              ///< in COCO's order
  std::map<std::string, std::string> plurals;  ///< irregular plurals
  std::vector<std::string> heads;  ///< nouns that a class name before them only describes (`train station`)
  std::vector<std::string> group_nouns;   ///< nouns that mean several (`crowd`)
  std::vector<std::string> kin;           ///< words for people that are used for animals, too
  std::vector<std::string> also_colours;  ///< class names that are colors, too
};

CocoClasses coco_classes();

}  // namespace tise::text
