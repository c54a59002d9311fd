/* SPDX-License-Identifier: MIT */
/* gc_cpp.h, gc_allocator.h, and the new and delete of libgccpp. */
#include <check.h>
#include <cstdlib>
#include <cstring>
#include <gc/gc_allocator.h>
#include <gc/gc_cpp.h>
#include <gc/gc_inline.h>
#include <gc/gc_mark.h>
#include <list>
#include <map>
#include <new>
#include <vector>

namespace
{

enum { COUNT = 10000, MOST = COUNT * 95 / 100 };

int cleaned, freed_twice;

class plain : public gc
{
  public:
    explicit plain(int n) : number(n)
    {
    }
    int number;
};

class with_destructor : public gc_cleanup
{
  public:
    explicit with_destructor(int n = 1) : number(n)
    {
    }
    ~with_destructor()
    {
        cleaned++;
        freed_twice += number == 0;
        number = 0;
    }
    int number;
};

/* Both bases have a gc_cleanup, and a gc of which there is one. */
class left : public gc_cleanup
{
  public:
    long some;
};
class right : public gc_cleanup
{
  public:
    ~right()
    {
        cleaned++;
    }
    long more;
};
class both : public left, public right
{
};

struct number {
    long value;
};

/* So that no pointer stays in a register or a frame. */
void __attribute__((noinline)) wipe_stack()
{
    char frame[4096];
    std::memset(frame, 0, sizeof frame);
    GC_reachable_here(frame);
}

void collect()
{
    wipe_stack();
    for (int i = 0; i < 3; i++) {
        GC_gcollect();
        GC_invoke_finalizers();
    }
}

void count_cleaned(void *object, void *data)
{
    cleaned += static_cast<int *>(object)[0] == *static_cast<int *>(data);
}

void setup()
{
    GC_INIT();
    cleaned = freed_twice = 0;
}

} // namespace

GC_DECLARE_PTRFREE(number);

START_TEST(what_plain_new_makes_is_searched_and_stays)
{
    std::vector<plain *> in_vector;
    std::vector<GC_hidden_pointer> hidden;
    for (int i = 0; i < COUNT; i++) {
        in_vector.push_back(new plain(i));
        int *integer = new int(i);
        hidden.push_back(GC_HIDE_POINTER(integer));
    }
    collect();
    for (int i = 0; i < COUNT; i++) {
        void *object = GC_REVEAL_POINTER(hidden[i]);
        ck_assert_int_eq(in_vector[i]->number, i);
        ck_assert_ptr_eq(GC_base(object), object);
        ck_assert_int_eq(*static_cast<int *>(object), i);
        delete static_cast<int *>(object);
    }
}
END_TEST

START_TEST(what_is_deleted_is_used_again)
{
    for (int i = 0; i < 200000; i++) {
        char *one = new char;
        char *several = new char[2000];
        GC_reachable_here(several);
        delete[] several;
        delete one;
    }
    ck_assert_uint_lt(GC_get_heap_size(), 64 << 20);
    delete static_cast<char *>(nullptr);
    delete[] static_cast<char *>(nullptr);
}
END_TEST

static void __attribute__((noinline)) make_objects(int count)
{
    for (int i = 0; i < count; i++)
        GC_reachable_here(new with_destructor);
}

START_TEST(destructors_of_what_is_collected_are_called)
{
    make_objects(COUNT);
    collect();
    ck_assert_int_ge(cleaned, MOST);
    ck_assert_int_eq(freed_twice, 0);
}
END_TEST

START_TEST(destructors_of_what_was_deleted_are_called_once)
{
    for (int i = 0; i < COUNT; i++)
        delete new with_destructor;
    ck_assert_int_eq(cleaned, COUNT);
    collect();
    ck_assert_int_eq(cleaned, COUNT);
}
END_TEST

static void __attribute__((noinline)) make_both(int count)
{
    for (int i = 0; i < count; i++)
        GC_reachable_here(new both);
}

START_TEST(an_object_with_two_bases_is_cleaned_up_whole)
{
    make_both(COUNT);
    collect();
    ck_assert_int_ge(cleaned, MOST);
    ck_assert_int_le(cleaned, COUNT);
}
END_TEST

static void __attribute__((noinline)) make_with_cleanup(int count, int *data)
{
    for (int i = 0; i < count; i++)
        *new (GC, count_cleaned, data) int[3] = *data;
}

START_TEST(a_function_cleans_up)
{
    int *data = new (NoGC) int(17);
    make_with_cleanup(COUNT, data);
    collect();
    ck_assert_int_ge(cleaned, MOST);
    ck_assert_int_le(cleaned, COUNT);
    delete data;
}
END_TEST

/* Objects to which only memory of that kind points. */
static void **__attribute__((noinline)) make_referred(GCPlacement placement)
{
    void **table = new (placement) void *[COUNT];
    for (int i = 0; i < COUNT; i++)
        table[i] = new with_destructor;
    return table;
}

/* Destructors leave a 0. */
static bool all_live(void **table)
{
    for (int i = 0; i < COUNT; i++)
        if (static_cast<with_destructor *>(table[i])->number != 1)
            return false;
    return true;
}

START_TEST(placement_says_whether_pointers_are_seen)
{
    void **table = make_referred(PointerFreeGC);
    collect();
    ck_assert_int_ge(cleaned, MOST);
    GC_reachable_here(table);

    table = make_referred(GC);
    collect();
    ck_assert(all_live(table));

    GC_hidden_pointer hidden = GC_HIDE_POINTER(make_referred(NoGC));
    collect();
    table = static_cast<void **>(GC_REVEAL_POINTER(hidden));
    ck_assert(all_live(table));
    delete[] table;
}
END_TEST

static bool throws(void *(*function)(size_t), size_t bytes)
{
    try {
        GC_reachable_here(function(bytes));
    } catch (const std::bad_alloc &) {
        return true;
    }
    return false;
}

static void *plain_new(size_t bytes)
{
    return ::operator new(bytes);
}

static void *array_new(size_t bytes)
{
    return ::operator new[](bytes);
}

static void *collected_new(size_t bytes)
{
    return new (GC) char[bytes];
}

static void *class_new(size_t bytes)
{
    return gc::operator new(bytes);
}

static void *vector_new(size_t bytes)
{
    return gc_allocator<int>().allocate(bytes / sizeof(int));
}

static void *too_many(size_t)
{
    return traceable_allocator<long>().allocate(static_cast<size_t>(-1) / 4);
}

START_TEST(without_memory_bad_alloc_is_thrown)
{
    static const size_t bytes = static_cast<size_t>(1) << 60;
    ck_assert(throws(plain_new, bytes));
    ck_assert(throws(array_new, bytes));
    ck_assert(throws(collected_new, bytes));
    ck_assert(throws(class_new, bytes));
    ck_assert(throws(vector_new, bytes));
    ck_assert(throws(too_many, 0));
    ck_assert_ptr_null(::operator new(bytes, std::nothrow));
}
END_TEST

static int asked;

static void give_up()
{
    if (++asked == 3)
        std::set_new_handler(nullptr);
}

START_TEST(without_memory_the_new_handler_is_asked)
{
    std::set_new_handler(give_up);
    ck_assert(throws(plain_new, static_cast<size_t>(1) << 60));
    ck_assert_int_eq(asked, 3);
}
END_TEST

template <class allocator> static void check_list()
{
    std::list<plain *, allocator> list;
    for (int i = 0; i < COUNT; i++)
        list.push_back(new plain(i));
    collect();
    int expected = 0;
    for (plain *one : list)
        ck_assert_int_eq(one->number, expected++);
    ck_assert_int_eq(expected, COUNT);
}

START_TEST(containers_keep_what_is_in_them)
{
    check_list<gc_allocator<plain *>>();
    check_list<traceable_allocator<plain *>>();
    check_list<gc_allocator_ignore_off_page<plain *>>();
    std::map<int, int, std::less<int>, gc_allocator<std::pair<const int, int>>>
        table;
    for (int i = 0; i < COUNT; i++)
        table[i * 7 % COUNT] = i;
    collect();
    for (int i = 0; i < COUNT; i++)
        ck_assert_int_eq(table[i * 7 % COUNT], i);
}
END_TEST

template <class type>
static int kind_of(const std::vector<type, gc_allocator<type>> &v)
{
    return GC_get_kind_and_size(v.data(), nullptr);
}

START_TEST(containers_of_what_has_no_pointers_are_not_searched)
{
    ck_assert_int_eq(kind_of(std::vector<int, gc_allocator<int>>(9)),
                     GC_I_PTRFREE);
    ck_assert_int_eq(kind_of(std::vector<number, gc_allocator<number>>(9)),
                     GC_I_PTRFREE);
    ck_assert_int_eq(kind_of(std::vector<plain *, gc_allocator<plain *>>(9)),
                     GC_I_NORMAL);
}
END_TEST

int main()
{
    const TTest *tests[] = {
        what_plain_new_makes_is_searched_and_stays,
        what_is_deleted_is_used_again,
        destructors_of_what_is_collected_are_called,
        destructors_of_what_was_deleted_are_called_once,
        an_object_with_two_bases_is_cleaned_up_whole,
        a_function_cleans_up,
        placement_says_whether_pointers_are_seen,
        without_memory_bad_alloc_is_thrown,
        without_memory_the_new_handler_is_asked,
        containers_keep_what_is_in_them,
        containers_of_what_has_no_pointers_are_not_searched,
    };
    Suite *suite = suite_create("cpp");
    TCase *tcase = tcase_create("cpp");
    tcase_add_checked_fixture(tcase, setup, nullptr);
    for (const TTest *test : tests)
        tcase_add_test(tcase, test);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner),
        run = srunner_ntests_run(runner);
    srunner_free(runner);
    return run > 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
