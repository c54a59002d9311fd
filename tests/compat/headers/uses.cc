// SPDX-License-Identifier: MIT
// A program in C++ that uses what the headers have for it.
#include <gc_cpp.h>

#include <gc/cord.h>
#include <gc/gc_allocator.h>
#include <gc/gc_inline.h>
#include <gc/gc_typed.h>
#include <gc/javaxfc.h>

#include <functional>
#include <list>
#include <map>
#include <vector>

#ifdef GC_NAMESPACE
using namespace boehmgc;
#endif

namespace
{

class plain : public gc
{
  public:
    plain *next;
};

class cleaned : public gc_cleanup
{
  public:
    ~cleaned()
    {
        count++;
    }
    static int count;
};

int cleaned::count;

class twice : public cleaned, public virtual gc
{
};

struct number {
    int value;
};

} // namespace

GC_DECLARE_PTRFREE(number);

static void clean_up(void *, void *)
{
    cleaned::count++;
}

static int allocate()
{
    plain *one = new plain;
    one->next = new (NoGC) plain;
    delete one->next;
    plain *several = new (UseGC) plain[3];
    delete[] several;
    char place[sizeof(plain)];
    new (place) plain;
    int *ints = new (UseGC, clean_up, one) int[4];
    char *chars = new (PointerFreeGC) char[100];
    cleaned *object = new twice;
    delete object;
    return ints != 0 && chars != 0;
}

static int contain()
{
    typedef gc_allocator<int> of_ints;
    typedef traceable_allocator<plain *> of_pointers;
    typedef gc_allocator_ignore_off_page<number> of_numbers;
    typedef std::pair<const int, int> pair;
    typedef gc_allocator<pair> of_pairs;
    std::vector<int, of_ints> ints(10, 1);
    std::list<plain *, of_pointers> pointers;
    std::vector<number, of_numbers> numbers(3);
    std::map<int, int, std::less<int>, of_pairs> table;
    ints.push_back(2);
    pointers.push_back(new plain);
    table[3] = numbers[2].value;
    gc_allocator<char> chars;
    gc_allocator<char>::rebind<long>::other longs(chars);
    gc_allocator<void>::pointer any = longs.allocate(2);
    longs.deallocate(static_cast<long *>(any), 2);
    return longs == gc_allocator<long>() && ints.size() == table.size();
}

int main()
{
    GC_INIT();
    return allocate() + contain() == 0;
}
